"""The store in a PostgreSQL database, with any number of writers, on any number of hosts; an extra.

- `database`: `PostgreSQL`, the one door.
- `address`: the URL, and what of it may be shown.
- `connection`: how the database is reached, and again when it was lost; the common SQL in its dialect; its errors.
- `reading`, `writing`: who reads, and who writes now.
- `listening`: what others have written is heard.
- `format`, `migrations/`: its tables, and how an earlier format becomes this one.
"""

from normalizer.store.postgresql.database import PostgreSQL

__all__ = ["PostgreSQL"]

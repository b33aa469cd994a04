"""From a surface form to its clean form, its romanizations and its match keys. Pure: no IO, no clock."""

"""The command line: options and arguments in, tables, JSON lines and exit codes out; no decisions of its own."""

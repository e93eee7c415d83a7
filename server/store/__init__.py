"""The database: tables, migrations, and a repository per aggregate. Knows no rules."""

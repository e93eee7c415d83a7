"""Who may come in and what they may do: links, tickets, and one table of roles and actions."""

"""Limits that nobody needs to configure, each with its reason. What a site may want otherwise is in `config.py`."""

# --- tickets and links ---
TICKET_TTL_S = 60  # the promise: a leaked ticket is worthless a minute later
TICKET_BYTES_MAX = 4096  # signaling.messages.Token allows the same; a real one has about 500
LINK_TOKEN_BYTES = 24  # 192 random bits, 32 characters in the address
LINK_TOKEN_CHARS_MAX = 128  # longer path parts cannot be a link: refused before the hash
JOIN_EARLY_S = 15 * 60  # the door opens a quarter of an hour before the class
JOIN_LATE_S = 30 * 60  # lessons overrun: a dropped student may come back this long after the planned end

# --- exchange of links for tickets: one school is often one address, so successes are cheap and failures are not ---
EXCHANGES_PER_LINK_BURST = 12  # a person who reloads wildly
EXCHANGES_PER_LINK_PER_S = 0.5
FAILURES_PER_ADDRESS_BURST = 30  # somebody guesses tokens
FAILURES_PER_ADDRESS_PER_S = 0.5
REQUESTS_PER_ADDRESS_BURST = 1200  # 300 students behind one address open the page in the same minute
REQUESTS_PER_ADDRESS_PER_S = 40.0
RATE_TABLE_ENTRIES_MAX = 20_000  # about 4 MB; the entry that was used longest ago makes room

# --- http ---
BODY_BYTES_MAX = 64 * 1024  # no route of ours takes more; uploads will have their own
HEADER_BYTES_MAX = 16 * 1024
LINE_BYTES_MAX = 8 * 1024
REQUEST_TIMEOUT_S = 15.0  # for our own work on one request; WebSockets are not requests in this sense
CONNECTIONS_BACKLOG = 1024  # a class of 300 that reconnects at once must not be refused by the kernel
SHUTDOWN_S = 5.0  # how long open requests may take when the server stops

# --- store ---
FACT_QUEUE_MAX = 10_000  # facts waiting for the disk; one over is `Unavailable`, never silence
FACT_BATCH_MAX = 500  # facts in one transaction: one fsync for all of them
FACT_BODY_BYTES_MAX = 64 * 1024
STORE_BUSY_TIMEOUT_MS = 5_000
STORE_CONNECTIONS_MAX = 8
NAME_CHARS_MAX = 120
TITLE_CHARS_MAX = 200

# --- telemetry ---
LOG_VALUE_CHARS_MAX = 2_000  # one value of a log line; a traceback may have eight times that

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
ASKING_PER_LINK_BURST = 60  # a page that opens its report and its materials at once
ASKING_PER_LINK_PER_S = 5.0  # and then asks every few seconds
RATE_TABLE_ENTRIES_MAX = 20_000  # about 4 MB; the entry that was used longest ago makes room

# --- load tests: rare, by somebody who holds the token; a guesser gets nothing from more tries ---
LOADTEST_REQUESTS_BURST = 60  # one run makes at most some dozens of sessions, two requests each
LOADTEST_REQUESTS_PER_S = 0.5
LOADTEST_CHALLENGE_S = 60.0
LOADTEST_CHALLENGES_MAX = 256  # open at once; the oldest makes room

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
FACT_BODY_BYTES_MAX = 256 * 1024  # as large as a message may be: a long stroke on a board is one
STORE_BUSY_TIMEOUT_MS = 5_000
STORE_CONNECTIONS_MAX = 8
NAME_CHARS_MAX = 120
TITLE_CHARS_MAX = 200

# --- the record of a Session ---
RECORDS_KEPT_MAX = 64  # folded Records in memory; the one that was asked for longest ago makes room
RECORD_READ_FACTS = 500  # facts read at once; a board's may have 64 KiB each
SEATS_IN_REPORT_MAX = 1_000
CHECKS_IN_REPORT_MAX = 500
CORRECTIONS_PER_SEAT_MAX = 20
DAY_SESSIONS_MAX = 100
DAY_BACK_S = 12 * 3600
DAY_AHEAD_S = 36 * 3600

# --- saved checks ---
CHECK_SETS_PER_PERSON_MAX = 200
CHECKS_PER_SET_MAX = 50
CHECK_SET_BYTES_MAX = 60 * 1024  # within BODY_BYTES_MAX

# --- materials ---
MATERIAL_BYTES_MAX = 50 * 1024 * 1024
STUDENT_MATERIAL_BYTES_MAX = 10 * 1024 * 1024
MATERIALS_PER_SESSION_MAX = 100
MATERIALS_PER_STUDENT_MAX = 20
MATERIAL_BYTES_PER_SESSION_MAX = 1024 * 1024 * 1024
UPLOADS_AT_ONCE_MAX = 8  # each may hold a file of the largest size on disk
UPLOAD_SILENCE_S = 15.0  # between two pieces
UPLOAD_TIMEOUT_S = 600.0
PICTURE_PIXELS_MAX = 64_000_000  # 8000 by 8000: decoded that is 256 MB in a browser, a phone's limit
ARCHIVE_PARTS_MAX = 5_000  # a document of 2,000 slides has about this many
ARCHIVE_UNFOLDED_BYTES_MAX = 256 * 1024 * 1024
ARCHIVE_RATIO_MAX = 200  # deflate reaches 1032; what people write stays under 20

# --- telemetry ---
LOG_VALUE_CHARS_MAX = 2_000  # one value of a log line; a traceback may have eight times that

"""Copy B: what a media process sends, written into segments of this machine's own."""

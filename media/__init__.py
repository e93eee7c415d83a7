"""The media plane: a small asyncio agent around the Rust engine's own threads."""

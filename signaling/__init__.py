"""The protocol with browsers: messages, their bytes, session descriptions. Pure: no aiohttp, asyncio or database."""

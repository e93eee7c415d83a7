"""What becomes of a recording: kept keys, a watch over both copies, the result, who may see it, when it goes."""

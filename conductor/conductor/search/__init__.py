"""The search decision: index or live scan, made by freshness and expected time, and recorded."""

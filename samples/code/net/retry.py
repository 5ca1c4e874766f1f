"""Calls that may fail."""
import random
import time


def retry(call, attempts=5, first_delay=0.5, largest_delay=30.0):
    """Calls until it succeeds, and waits twice as long after each failure."""
    delay = first_delay
    for attempt in range(1, attempts + 1):
        try:
            return call()
        except OSError:
            if attempt == attempts:
                raise
            time.sleep(delay * random.uniform(0.5, 1.5))
            delay = min(delay * 2, largest_delay)


class RateLimiter:
    """Lets through so many calls a second."""

    def __init__(self, per_second):
        self.interval = 1.0 / per_second
        self.next_time = 0.0

    def wait(self):
        now = time.monotonic()
        if now < self.next_time:
            time.sleep(self.next_time - now)
        self.next_time = max(now, self.next_time) + self.interval

"""All ways to read frames: read(), borrow(), request(), tasks, jobs, workers."""

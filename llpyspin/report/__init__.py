"""A page about a recording: whether it is good, what went wrong and why, with figures and pictures."""

from llpyspin.report.writereport import Report, write_report

__all__ = ["Report", "write_report"]

"""A page about a recording: whether it is good, what went wrong and why, with figures and pictures."""

from llpyspin.report.writereport import Report, ReportPage, write_report, write_reports

__all__ = ["Report", "ReportPage", "write_report", "write_reports"]

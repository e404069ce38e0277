"""A page about a recording: whether it is good, what went wrong and why, with figures and pictures."""

from typing import TYPE_CHECKING

from llpyspin.naming.later import later_names
from llpyspin.report.writereport import Report, ReportPage, write_report, write_reports

__all__ = ["Report", "ReportPage", "write_report", "write_reports"]

if not TYPE_CHECKING:
    __getattr__ = later_names(__name__, {})  # only for mistyped names

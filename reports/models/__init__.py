"""The models in the order of a report's life: asked for, frozen, compiled, released."""

from reports.models.report import Report, ReportEvent
from reports.models.snapshot import Snapshot, SnapshotRow

__all__ = ["Report", "ReportEvent", "Snapshot", "SnapshotRow"]

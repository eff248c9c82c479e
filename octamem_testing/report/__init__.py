"""Reports on a test or a run: timelines, swim lanes, complaints and pages."""

"""What a test or a run is told: timelines, swim lanes, complaints and pages."""

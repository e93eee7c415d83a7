"""The house checks itself: rules of layout, names and habits, each as a test (ARCHITECTURE.md tells them in prose)."""

"""Every system trained alike and measured alike."""

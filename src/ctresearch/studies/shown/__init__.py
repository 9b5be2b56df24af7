"""What people and programs read: report, results, PDF, crate."""

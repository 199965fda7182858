"""FLOps' builder: started once on a worker, it plans and bakes, and tells manager and observer what becomes of it."""

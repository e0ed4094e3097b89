"""One file per job, named as the job's kind; each declares `JOB = Handler(…)`."""

"""What the designer and a worker say to each other: jobs, messages, controls, framing."""

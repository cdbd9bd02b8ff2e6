"""From a partner's inbox to accepted, re-keyed, encrypted events; or to a refusal that keeps nothing."""

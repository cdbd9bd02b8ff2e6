"""The order of the work, written once: Airflow's tasks and the command line both call it."""

# Three images: `hub` is the secure zone, `dashboard` the board's side, `partner` what a partner runs on its own machine.
# They share a base and nothing else.
#
#   docker build --target hub --build-arg PARTNERSHIP=riverton --tag lantern-hub .
#   docker build --target dashboard --tag lantern-dashboard .
#   docker build --target partner --tag lantern-partner .
#
# The base is named by tag. Pin it by digest when you mirror it:
#   --build-arg PYTHON=<your registry>/python:3.11-slim@sha256:<digest>
# No image holds a secret, a key or a record; .dockerignore lets in only what is copied below.
ARG PYTHON=python:3.11-slim

FROM ${PYTHON} AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1


# Libraries of the hub: Airflow, dbt, DuckDB, Great Expectations, OpenDP. Wheels only, so no
# compiler and no code of a package runs while it is installed.
FROM base AS hub-libraries
COPY requirements/hub.txt /locks/hub.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --require-hashes --no-deps --only-binary :all: -r /locks/hub.txt \
    && /opt/venv/bin/pip check


FROM base AS dashboard-libraries
COPY requirements/dashboard.txt /locks/dashboard.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --require-hashes --no-deps --only-binary :all: -r /locks/dashboard.txt \
    && /opt/venv/bin/pip check


# The board's side: Streamlit, DuckDB and the pages. No Airflow, no dbt, no OpenDP, nothing of src/.
FROM base AS dashboard
RUN groupadd --gid 10002 dashboard \
    && useradd --uid 10002 --gid 10002 --create-home --shell /usr/sbin/nologin dashboard
COPY --from=dashboard-libraries /opt/venv /opt/venv
WORKDIR /opt/dashboard
COPY dashboard/ ./
ENV PATH=/opt/venv/bin:$PATH \
    LANTERN_RELEASED=/released/released.duckdb
USER 10002:10002
EXPOSE 8501
# 0.0.0.0 is the container's own address; docker-compose.yml says who reaches it from outside. On it the
# server refuses to start until it is told who may read: docs/operations/access.md.
CMD ["python", "server.py", "--address", "0.0.0.0", "--port", "8501"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]


FROM base AS partner-libraries
COPY requirements/partner.txt /locks/partner.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --require-hashes --no-deps --only-binary :all: -r /locks/partner.txt \
    && /opt/venv/bin/pip check


# A partner's own machine: its tool, which needs no network, no store and nothing of the hub. Run it with
#   docker run --rm --network none --read-only --cap-drop ALL --user "$(id -u):$(id -g)" --tmpfs /tmp \
#       --volume "$PWD:/data" lantern-partner deliver ...
FROM base AS partner
RUN groupadd --gid 10005 partner \
    && useradd --uid 10005 --gid 10005 --create-home --shell /usr/sbin/nologin partner
COPY --from=partner-libraries /opt/venv /opt/venv
COPY src/lantern/__init__.py src/lantern/codelist.py src/lantern/contract.py src/lantern/errors.py /opt/lantern/src/lantern/
COPY src/lantern/partner/ /opt/lantern/src/lantern/partner/
COPY dbt_project/seeds/codelists/ /opt/lantern/dbt_project/seeds/codelists/
COPY --chmod=755 <<'SCRIPT' /usr/local/bin/lantern-partner
#!/opt/venv/bin/python
from lantern.partner.cli import main

main()
SCRIPT
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/lantern/src
USER 10005:10005
WORKDIR /data
ENTRYPOINT ["lantern-partner"]


# The secure zone. The package runs from its folders: `lantern` finds dbt_project/, expectations/ and
# partnerships/ beside src/, as in a checkout.
FROM base AS hub
ARG PARTNERSHIP=demo
RUN groupadd --gid 10001 hub \
    && useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin hub
COPY --from=hub-libraries /opt/venv /opt/venv
WORKDIR /opt/lantern
COPY src/ src/
COPY dags/ dags/
COPY dbt_project/ dbt_project/
COPY expectations/ expectations/
# One partnership, so that no other's DAGs exist in this image.
COPY partnerships/${PARTNERSHIP}.toml partnerships/
COPY --chmod=755 <<'SCRIPT' /usr/local/bin/lantern
#!/opt/venv/bin/python
from lantern.cli import main

main()
SCRIPT
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/lantern/dags:/opt/lantern/src \
    AIRFLOW_HOME=/var/lib/airflow \
    LANTERN_HOME=/var/lib/lantern
# A named volume takes owner and mode from the folder it first covers. What is released is for everyone
# to read; the rest is the hub's own.
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/airflow /var/log/airflow /var/lib/lantern \
        /var/lib/lantern/${PARTNERSHIP} /var/lib/lantern/${PARTNERSHIP}/ledger /var/lib/lantern/${PARTNERSHIP}/inbox \
    && install -d -o 10001 -g 10001 -m 0755 /var/lib/lantern/${PARTNERSHIP}/released
USER 10001:10001
# DuckDB's httpfs comes as a wheel and is put in place here: at run time this image cannot be written.
RUN python -c "from duckdb_extensions import import_extension; import_extension('httpfs')"
CMD ["airflow", "version"]

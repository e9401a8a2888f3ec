"""`python -m rendering.sandbox`: what a worker process runs. Which function works is fixed here."""

from rendering.sandbox.warming import warm
from rendering.sandbox.worker import serve
from rendering.work import perform

if __name__ == "__main__":
    warm(perform)
    serve(perform)

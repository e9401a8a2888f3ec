"""`python -m rendering.sandbox`: what a worker process runs. Which function renders is fixed here."""

from rendering.render import render
from rendering.sandbox.warming import warm
from rendering.sandbox.worker import serve

if __name__ == "__main__":
    warm(render)
    serve(render)

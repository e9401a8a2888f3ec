"""An OpenID provider that lets its visitors choose who they are, and is otherwise like any other."""

from demo.provider.app import Client, provider_app

__all__ = ["Client", "provider_app"]

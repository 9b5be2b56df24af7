from .published import PublishedTable as PublishedTable
from .published import published as published

from .classify import classify as classify
from .definition import Definition as Definition
from .definition import Item as Item
from .definition import definition as definition
from .result import Classification as Classification

"""Files that people write: reading YAML, and checking what is in it against types, all mistakes at once."""

from llpyspin.yamlfile.yamlreader import (
    Place,
    Section,
    YamlError,
    parse_yaml,
    place_in,
    plain,
    read_yaml,
    switch,
    word,
)

__all__ = ["Place", "Section", "YamlError", "parse_yaml", "place_in", "plain", "read_yaml", "switch", "word"]

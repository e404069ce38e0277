"""Use the texts, vectors and small functions of GenICam."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def main():
    """What C++ programs do with them."""
    text = PySpin.gcstring("Trigger").append("Mode")
    print(f"text: {text.c_str()}, {text.find('Mode')}, {text.substr(0, 7).c_str()}, {text == 'TriggerMode'}")
    numbers = PySpin.int64_autovector_t([8, 16])
    print(f"numbers: {numbers.size()}, {numbers[1]}, {len(PySpin.double_autovector_t([0.5]))}")
    nodes, values = PySpin.node_vector(), PySpin.value_vector()
    nodes.push_back("Width")
    values.push_back("Height")
    print(f"vectors: {nodes.front()}, {values.at(0)}, {code_of(values.at, 1)}")
    print(
        f"parts: {PySpin.Tokenize('a b,c', ' ,')}, together: {PySpin.Combine(PySpin.RW, PySpin.RO) == PySpin.RO}"
    )
    print(f"address: {PySpin.UrlDecode(PySpin.UrlEncode('a b'))}")
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

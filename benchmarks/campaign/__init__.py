"""Random faults during random recordings, and a verdict whether anything recorded is wrong.

``python -m benchmarks.campaign --runs 20 --seed 1``

=============  ==============================================================================
module         holds
=============  ==============================================================================
``plan``       what one run does, as data
``kinds``      the kinds of faults: what each does, and which losses it explains
``seeds``      the plan of a seed
``actor``      the program that records, in a process of its own
``stage``      one run: starts the program, applies the faults, ends everything in time
``aftermath``  ``check``, ``repair`` and ``load`` afterwards, in a process of its own
``truth``      what the virtual cameras really did, from their diaries
``pictures``   the pictures on disk, read without the recorder's code
``judging``    the findings: pictures against rows against the truth, and the account
``leftovers``  processes, locks, sockets and memory that are still there afterwards
``run``        one seed from plan to findings
=============  ==============================================================================
"""

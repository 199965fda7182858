"""The part of FLOps' ``flops_utils`` that ML repositories import, without its requirements.

An ML repository written for FLOps imports its base classes from here, as it does from the distribution flops-utils
0.6.3. That distribution pins paho-mqtt and needs Python 3.10, which collides with what users pin; this package needs
nothing.
"""

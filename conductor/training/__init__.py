"""Where the Conductor's policy is trained: `./dev train`. Never imported by the running application.

Only `ppo.py` needs PyTorch; what it plays on (`curriculum.py`, `world.py`) and what it draws (`figure.py`) do not.
"""

"""Ordinary words and names of people that software is named after: what an alias must not find by itself."""

from functools import cache

from papertally.resources import data_folder

_OF_THE_TRADE = """
acme alchemy allegro apollo armada aurora autoencoder backend backends backpropagation baselines bayes benchmarking
bonsai cafe catalyst classifier classifiers codebase convolution convolutional darwin dataset datasets decoders
dopamine embeddings encoder encoders estimator euler faraday flax fourier frontend gauss gluon go griffin haiku helix
hydra hyperparameter hyperparameters impala intel iterator jupiter kepler kestrel laplace lasagne learner lidar lite
lynx marian markov merlin metadata minibatch mocha moses multimodal onyx optimizer orion osprey pascal perceptron
pixel pretraining quantization regularizer sandbox saturn sentinel softmax sparsity sprite subspace superpixel tensor
terra titan tokenization tokenizer tokenizers toolbox triton tropic turbo turing variational vega venus vertex volta
voxel workflow zen zephyr
"""
"""Words that a dictionary for everybody does not have."""

_PEOPLE = """
aaron abel abraham ada adam agnes alan albert alec alex alfred alice amelia amy anders andrea andrew anna anton archie
arnold arthur august barbara ben bernard bert betty bill bob boris brian bruno carl carla carlos carmen carol caroline
cecil charles charlie chris clara claude cleo colin connor daisy dan daniel darwin david dennis diana diego donald
dora doris dylan ed eddie edgar edison edith edward elena eli elias elizabeth ella ellen elliot elmo elsa emil emily
emma eric erik ernest ernie esther ethan eva evan eve felix fiona frances francis frank fred george gina grace grant
greg greta gustav hannah hans harold harry harvey heidi helen henry herbert hermann homer howard hugo ian ida igor
ingrid iris isaac isabel ivan jack jackson jacob jake james jane jason jasper jean jeff jennifer jenny jeremy jerry
jesse jim joan joe joel johann john jonas jordan joseph joshua juan judy jules julia julian julie karen karl kate
kevin kim klaus kurt lance larry laura lea leo leon leonard leonardo lewis liam lily linda lisa louis lucas lucy
ludwig luis luke luna lydia madeline maggie marc marco marcus margaret maria marie mario mark martha martin mary matt
max maya megan mercedes mia michael miguel mike miles milo mona monica morgan nadia nancy naomi nathan ned neil nelson
newton niels nina noah nora oliver olivia oscar otto owen pablo pamela pat patrick paul pedro penny peter phil philip
pierre rachel ralph ray rebecca rex richard rita robert robin roger roland roman ron rosa rosie roy ruth sally sam
samuel sandra sara sarah sasha scott sean sebastian serena seth sharon simon sofia sonia sophie stanley stella stephen
steve stuart susan sven sylvia tanya ted teresa tesla theo theodore thomas tim tina tobias tom tony ursula valentina
vera vernon victor victoria vincent viola violet virginia vladimir walter wanda warren watson wendy werner wilhelm
will william wolfgang yann yuri zoe
"""

PEOPLE = tuple(_PEOPLE.split())


@cache
def words() -> frozenset[str]:
    """Give ordinary words in lower case, from three letters on: a dictionary's, and those of the trade."""
    lines = (data_folder() / "words.txt").read_text("ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#")).union(
        _OF_THE_TRADE.split()
    ) - set(PEOPLE)

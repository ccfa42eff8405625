"""Ordinary words and names of people that software is named after: what an alias must not find by itself."""

_WORDS = """
accelerate acme aim air alchemy allegro alpha amber anchor angel ant apex apollo apple arch ark armada array arrow art
ash aspect atlas atom aurora autumn avalanche axis bamboo base baseline bat beacon beam bean bear bee bell beta bird
black blade blaze block blocks bloom blue board bolt bonsai book boost bootstrap box brain branch breeze brick bridge
bright brush bubble buffalo bug builder bundle burn butter butterfly cactus cafe camel candle canvas cap caravan card
cargo carrot castle cat catalyst cedar cell chain chalice chameleon chart chat cherry chip circle clay clean clear
click cloud clover cluster coach coal cobra coconut code coffee coin comet compass composer concept concrete condor
cone conductor copper coral core cork corn cosmos cottage cotton coyote crab cradle crane crater crystal cube curve
cyclone dagger dash data dawn deep delta depth dense desert diamond dice disco dog dolphin dome dopamine dot dough
dragon dream drift drone drum duck dune dust eagle earth echo eclipse edge ego eight electron element elephant ember
emerald engine epoch equinox essence estimator ether evolve expert fabric factor factory fairy falcon fast feather
fern ferret fiddle field fig finch fire firefly fish five flag flame flash flat flax fleet flint float flow flower
fluid flute flux foam focus fog forest forge fork form fountain four fox frame free frog frost function fusion future
galaxy garden gate gear gem genie genius gerbil ghost giant ginger glacier glass glide globe glow glue gluon go goal
goat gold goose gopher gorilla grace grade gradient grain grape graph grass gravity gray green grid griffin grip
ground grove guard guide gulf gun gym habitat haiku hammer harbor hare harmony harp hat haven hawk hazel head heart
heat helix helm hero heron hill hive holly honey hook hope horizon horse hour hunter hydra ice icon idea ignite image
impala index ink insight intel iris iron island ivory ivy jade jaguar jasper jet jewel jigsaw jolt journey joy juice
jump jungle juniper jupiter kernel key kestrel kettle kite knight knot koala label labyrinth lab ladder lake lamp
lance lantern lark lasagne laser lattice lava layer leaf learner legend lemon lens leopard level lever library light
lightning lily lime line linen link lion list lite liquid lizard llama lobster local lock locust logic loop lotus
lucid lunar lynx machine magic magnet magnolia maple marble mask master match matrix meadow melody melt memory mercury
merlin mesh metal meteor method metric mint mirror mist mode model module mole moment monitor monkey moon moose mosaic
moss moth motion mountain mouse muse mustang nature navigator nebula needle neon nest net network neuron nickel night
node noise north nova oak oasis ocean octopus olive omega onion onyx opal optics optimizer orange orbit orchid origin
orion osprey otter owl oxygen oyster paddle page palette palm panda panther paper parrot path pattern peach peacock
pearl pebble pelican pencil penguin pepper phase phoenix photon piano pier pillar pine pilot pipe pipeline pirate
pivot pixel plan planet plank plasma plate platform plum plug poem point polar pole policy pond pony pool poplar port
portal power prism probe process prophet prototype pulse puma pump puzzle pyramid python quail quantum quartz queen
quest quick quill rabbit radar raft rain rainbow random ranger rapid raven ray reader recipe reef region relay reward
ridge ring ripple river road robin robot rock rocket rook root rose round ruby rule runner rust saber sage sail salmon
salt sand sandbox sapphire saturn scale scene scholar scope scout sea seal search seed sense sentinel sequence series
seven shade shadow shape shark shell shield shift ship shore signal silk silver simple sketch sky slate sleep smith
smoke snail snake snow solar solid sonnet soul sound source space spark sparrow spectrum sphere spider spike spin
spine spiral spire spirit splash sponge spring sprite squirrel stack stage star state station steam steel stem step
stone storm stream strike string structure studio sugar summit sun surge swan swarm swift switch sword symbol synapse
system table tango target task temple tensor tensors terra test thread three thrust thunder tide tiger time titan
toast token tool topaz torch tornado toucan tower track trail train trainer transformer transformers tree triton
tropic trout truth tulip tuna tundra tuner turbo turtle twin two unicorn union unity universe valley value vector vega
velvet venus vertex vessel vine viola violet viper virus vision vista vortex vulture walrus wasp watch water wave web
weight whale wheat wheel whisper white willow wind window wing winter wire wizard wolf wonder wood world worm yacht
yak yeast yellow zebra zen zenith zephyr zinc zone
"""

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

PEOPLE = tuple(sorted(set(_PEOPLE.split())))
WORDS = tuple(sorted(set(_WORDS.split()) - set(PEOPLE)))

"""Common English words, by their stems: a word among them is rightly spelt, even if no memory holds it.

They are the stems of the words of levels 10 and 20 of SCOWL 2020.12.07 (wordlist.sourceforge.net), and of its words of
four to six letters of level 35. Longer words are seldom one edit from another. The licence is in NOTICE.
"""

from __future__ import annotations

from typing import FrozenSet

__all__ = ["COMMON_STEMS"]

_STEMS = """
    aardvark aback abacus abandon abat abbey abbot abbrevi abduct abet abhor abid abil abject abl ablaz abler ablest
    abli abnorm aboard abod abolish abolit abort abound about abov abroad abrupt absenc absent absolut absorb
    abstract absurd abus abysm abyss academ acced acceler accent accept access accid accident accommod accompani
    accomplish accord accost account accru accumul accur accuraci accus accustom ace ach achiev acid acknowledg acn
    acorn acoust acquaint acquir acquisit acquit acr acrid acronym across act action activ actor actual acumen acut
    adag adapt adaptor add addict addit address adept adequ adher adjac adject adjoin adjust administ administr
    admir admiss admit adob adopt ador adorn adrift adroit adult advanc advantag advent adventur adverb advers
    advert advertis advic advis advisor advisori advoc aeon aerial aesthet afar affair affect affirm affix afford
    afield aflam afloat afoot aforement afraid afresh after afternoon afterward again against age agenc agenda agent
    aggress aghast agil aglow ago agoni agre agreement agricultur ahead ahoy aid ail aim air aircraft airi airier
    airport aisl ajar akin ala alarm albeit albino album alcohol alcov ale alert alga algebra algorithm alia alias
    alibi alien alight align alik aliv alkali all allay alleg allerg allevi alley alli allianc alloc allot allow
    alloy allud allur alm almond almost aloft alon along alongsid aloof aloud alpha alphabet alreadi also altar
    alter altern although alto altogeth alway amass amateur amaz ambassador amber ambient ambigu ambiti ambl ambush
    amen amend amid amidst amiss amoeba amok among amongst amor amount amp amper ampl ampler ampli amplifi amulet
    amus anagram anal analog analogu analys analysi analyst analyz anarchi anatomi ancestor anchor ancient and
    anecdot anem anemia anew angel anger angl angler angri angst anguish ani anim ankl annal annex anniversari
    announc annoy annual annul anoint anomali anon anonym anorak anoth answer ant anthem antholog antic anticip
    antidot antiqu antisoci antler anus anvil anxious anybodi anyhow anyon anyplac anyth anyway anywher aorta apart
    apathet apathi ape apex apiec aplomb apolog apologis apostroph appal appar apparatus appeal appear append
    appendix appl applaus appli applic appoint apprais appreci approach appropri approv approxim apron apt apter
    aptest arabl arbitrari arbitrarili arbor arbour arc arcad arcan arch archaic archer architectur archiv ardent
    ardor ardour are area arena argu arguabl argument aria arid aris arisen arithmet ark arm armi armor armori
    armour armpit aroma aros around arous arrang array arrest arriv arrog arrow ars arson art arteri articl artifici
    artist ascend ascent ash asham ashcan ashen ashor asid ask askew asleep aspect aspen aspir ass assail assault
    assembl assent assert assess asset assign assist associ assort assum assumpt assur asterisk asthma astray
    astronom astronomi astut asylum asynchron atheism atheist atlas atmospher atom aton atroc attach attack attain
    attempt attend attent attest attic attir attitud attorney attract attribut auburn audibl audienc audio audit
    august aunt aura aural authent author authoris auto autobiographi autom automat automobil autumn avail aveng
    avenu averag avers avert avid avoid avow aw await awak awaken awar award away awe awhil awkward awn awok awoken
    awri axe axi axiom axl aye azalea azur babbl babe babi babier baboon back backbon backer background backlog
    backspac backward bacon bacteria bacterium bad badder bade badg badger baffl bag bagel baggag baggi bail bait
    bake baker bakeri balanc bald balder bale balk ball ballad ballet ballot balm balmi bamboo ban banal banana band
    bandi bandit bandwagon bandwidth bang bani banish banjo bank banker bankrupt banner banter bar barb barber bard
    bare barer barest barg bargain bark barley barman barn baron baroqu barrel barren barrier barrist barter base
    basement baser basest bash basi basic basil basin bask basket bass bast bastard bat batch bath bathroom baton
    batter batteri battl baud baulk bawdi bawl bay bayou bayous bazaar be beach beacon bead beadi beagl beak beaker
    beam bean bear beard bearer beast beat beaten beater beauti beaver becaus beckon becom bed bedbug bedder bedlam
    bedroom bee beech beef beefi been beeper beer beet beetl beev befal befel befit befor beforehand beg beggar
    begin beginn behalf behav behavior behaviour behead beheld behind behold beig belch belfri beli belief believ
    bell belli bellow belong belov below belt bemoan bemus bench bend bender beneath benefici benefit benign bent
    bereft beret berri berth beset besid best bestow bet beta betcha betray better bettor between bewar beyond bias
    bib bibl biblic bicker bicycl bid bidden bide big bigami bigger biggest bigot bigotri bike bikini bile bill
    billfold billion billow bin binari bind binder bingo biochemistri biographi biolog bipe birch bird birth
    birthday biscuit bisect bishop bison bit bitch bite bitmap bitter bizarr blab black blackboard blackmail blade
    blame blamer blanch bland blank blanket blare blast blatant blaze blazer bleach bleak bleari bleat bled bleed
    blend bless blight blimp blind blink blip bliss blith blitz blob bloc block blog blond blood bloodi bloom blot
    blotch blous blow blu blue bluer bluest bluff blunt blur blurb blurt blush boa boar board boast boat bob bobbin
    bobcat bode bodi bodic bodili bog boggl bogus boil boiler bold bolder bolt bomb bomber bond bone boni bonier
    bonnet bonus boo boobi book booklet bookshop bookstor boom boon boor boost boot boote booth booti booz border
    borderlin bore boredom born borrow bosom boss bossi botani botch both bother bottl bottom bough bounc bound
    boundari bounti bout bovin bow bowel bowl bowler box boxcar boxer boy boyish brace bracket brag braid brain
    braini brais brake bran branch brand brandi bras brash brass brassi brat brave braver bravo brawl brawn brawni
    bray brazen breach bread break breakdown breakfast breast breath bred breed breez breezi brethren brew bribe
    brick bridal bride bridg bridl brief briefli brigad bright brighter brightest brilliant brim brine bring brini
    brink brisk broach broad broadcast broil broker bronco bronz brooch brood brook broom broth brother brow brown
    brows bruis brunch brunt brush brutal brute bubbl buck bucket buckl bud buddi budg budget buf buff buffer buffet
    bug bugger buggi bugl bugler build bulb bulg bulk bulki bull bullet bulletin bulli bum bummer bump bumper bumpi
    bun bunch bundl bung bungl bunion bunk bunker bunni buoy bur burbl burden bureau bureaucraci burger burgl buri
    burial burlap burn burner burnt burp burr burro burrow bursar burst bus buse bush bushel bushi busi busier
    busili bust bustl but butler butt butter button buxom buy buyer buzz buzzer bye bygon bypass byte byway cab
    cabbag cabin cabinet cabl cacao cach cackl cacti cactus caddi cadet caffein cage cagey cagier cajol cake calcul
    calculus calendar calf calico calk call caller callow callus calm calmer calv cam camel cameo camera camp
    campaign camper campus can canal canari cancel cancer candi candid candl candor cane canin canker canni cannon
    cannot cano canon canopi cant canter canva canyon cap capabl capac cape caper capit capitalist captain captor
    captur car carat carbon card cardboard care career careless caress cargo carnal carol carp carpet carri carriag
    carrier carrot cart cartel carton cartoon cartridg carv case cash cashew casino cask casket cassett cast caster
    castl casual cat catalog catalogu catastroph catch catchi categor categori cater cathedr cathol catnap catnip
    cattl caucus caulk caus causal caution cave caveat cavern caviar caviti cavort caw ceas cedar cede ceil celebr
    celeri cell cellar cello cellular cement censor censorship census cent center centr central centuri cereal
    ceremoni certain certainti certif chafe chaff chain chair chairman chalet chalk chalki challeng chamber champ
    champagn champion chanc chancellor chang changeov channel chant chao chaotic chap chapel chapter char charact
    characterist charg charit chariti charm chart charter chase chasm chast chat chatti cheap cheaper cheapest
    cheapli cheat check checker cheek cheep cheer cheeri chees chef chemic chemist chemistri chequ chequer cherri
    cherub chess chest chestnut chew chewi chic chicer chick chicken chide chief child childhood childish chili
    chill chilli chime chimp chin china chink chintz chip chirp chisel chocol choic choir choke choos choosi chop
    choppi choral chord chore chorus chow chrome chubbi chuck chug chum chummi chunk chunki church churn chute cider
    cigar cigarett cinch cinder cinema cipher circa circl circuit circuitri circul circular circumst circus cite
    citi citizen citric citrus civic civil civilian civilis clack clad claim clam clammi clamor clamp clan clang
    clank clap claret clarif clarifi clariti clash clasp class classi classic classif classifi claus claw clay clean
    cleaner cleanest clear clearanc clearer clearest cleat cleav clef cleft clench clergi cleric clerk clever
    cleverest click client cliff climat climax climb clime clinch cling clinic clink clip cliqu cloak clock clod
    clog clone close closer closest closet closur clot cloth cloud cloudi clout clove cloven clover clown clu club
    cluck clue clump clumsi clung cluster clutch coach coal coars coast coat coax cob cobalt cobbl cobbler cobra
    cobweb cock cocki cocoa cocoon cod code coerc coffe coffer coffin cog cogent cognac coher coil coin coincid coke
    cold colder colic collabor collaps collar collat colleagu collect colleg colli colon coloni color colour colt
    column coma comb combat combin come comedi comet comfort comic comma command commenc comment commentari commerci
    commiss commit committe commod common communal communic communism communist communiti compact compani companion
    compar comparison compass compat compel compens compet competit competitor compil complac complain complaint
    complement complementari complet complex compli complic compliment compon compos composit compound comprehend
    comprehens compress compris compromis compuls compulsori comput computer computeris con concaten conceal conced
    conceiv concentr concept conceptu concern concert concerto concis conclud conclus concret concur concurr condemn
    condens condit condom condon condor conduct conductor cone confer confess confid confidenti configur confin
    confirm conflict conform confront confus congest congratul conjectur conjunct connect connector connot conscienc
    conscious consecut consensus consent consequ conserv consid consider consist consol conspicu conspiraci constant
    constitu constitut constrain constraint construct consul consult consum consumpt contact contain contempl
    contemporari contempt contend content contenti contest context contin continent continu continuum contour
    contracept contract contradict contradictori contrari contrast contravent contribut contributor contriv control
    controversi conveni convent convers convert convex convey convict convinc convoy coo cook cooker cooki cool
    cooler coolli coop cooper coordin cop cope copi copier copper copyright coral cord cordon core cork corn cornea
    corner cornet corni corp corpor corps corpus corral correct correl correspond corridor corrupt corset cortex
    cosi cosier cosili cosmic cosmolog cosmos cost cot cotton couch cougar cough could council counsel count counter
    counterexampl counterpart counti countless countri countrysid coup coupl coupon courag courier cours court
    courtesi cousin cove cover coverag covert covet cow coward cowboy cower coyer coyest coyot cozi cozier cozili
    crab crabbi crack cradl craft crafti crag craggi cram cramp crane crank cranki crap crash crass crate crater
    crave crawl crayon craze crazi creak creaki cream creami creas creat creation creativ creator creatur credibl
    credit creed creek creep creepi crepe crept crest cretin crew cri crib cricket crime crimin cring crise crisi
    crisp crispi criteria criterion critic criticis croak crock crocus croft croni crook croon crop cross crossroad
    crossword crotch crouch crow crowd crown crucial crude cruder cruel cruelti cruis crumb crummi crunch crush
    crust crusti crutch crux crypt cryptic crystal cu cub cube cubic cuckoo cudd cuddl cue cuf cuff cull culprit
    cult cultur cum cumbersom cumul cun cup cupboard cur curb curd curdl cure curfew curio curios curious curl
    currenc current curri curriculum curs cursor curt curtain curter curtsi curv custard custom customari cut cute
    cuter cutest cutlet cutter cycl cyclic cyclist cylind cymbal cynic cyst czar dab dabbl dad daddi daemon daft
    dagger dai daili dainti dairi dais daisi dalli dam damag dame damn damnat damp dampen damper damsel danc dancer
    dandi danger dangl dank danker dapper dare dark darken darker darl darn dart dash data databas date datum daub
    daughter daunt dawdl dawn day daylight daytim daze dazzl deacon dead deaden deader deadlin deaf deafer deal
    dealer dean dear dearer dearth death deav debas debat debit debri debt debtor debug debugg debunk debut decad
    decay deceit decent decid decim decis deck declar declin decod decoy decre decreas decri dedic deduc deduct deed
    deem deep deepen deeper deepest deepli deer defac defam default defeat defect defenc defend defens defer defi
    defici defil defin definit deform deft defter degener degrad degre deifi deign deiti deject delay delet deli
    deliber delic delici delight delimit deliv deliveri delta delud delug delus delux delv demand demean dement
    demis democraci democrat demolish demon demonstr demot demur den deni denial denim denomin denot dens denser
    densiti dent dental dentist depart department departur depend depict deport depos deposit depot depress depriv
    depth deputi derail derang derid deriv derogatori descend describ descript desert deserv design desir desist
    desk desktop despair desper despis despit despot destin destroy destruct detach detail detain detect detector
    deter determin deterr detest detour detract devast develop deviat devic devil devious devis devoid devot devour
    devout diagnosi diagnost diagon diagram dial dialect diall dialog dialogu diamet diaper diari dice dictat
    dictatorship dictionari did die diesel diet differ differenti difficult difficulti dig digest digit digniti dike
    dilat dilemma dill dilut dim dime dimens dimension dimer dimmer dimpl din dine diner dinghi dingi dinner dip
    diplomat dire direct director directori direr direst dirg dirt dirti disabl disadvantag disagr disagre disappear
    disappoint disarm disast disastr disc discard discharg disciplin disciplinari disclaim disco disconnect
    discontinu discount discourag discov discoveri discrep discret discrimin discus discuss diseas disguis disgust
    dish dishonest disk dislik dismal dismay dismiss disord disown dispel display dispos disposit disput disregard
    disrupt dissert dissimilar distanc distant distast distil distinct distinguish distort distract distress
    distribut district disturb disus ditch dither ditti ditto dive diver divers divert divest divid divin divis
    divorc dizzi do docil dock doctor doctrin document documentari dodg dodo doe doer dog dogma doili dole doll
    dollar dolli domain dome domest domin domino don donat done donkey donor doodl doom door dope dopey dopier
    dorsal dose dot dote doubl doubli doubt doubtless dough dour dourer dous dove dowdi down downhil downi downright
    downstair downward dowri doze dozen drab draft drafti drag dragon drain drama dramat drape drastic draught draw
    drawback drawer drawl dread dream dreami dreamt dreari dredg dreg drench dress dressi dri drier driest drift
    drili drill drink drip drive drivel driver droll drone drool droop drop dross drove drown drows drowsi drudg
    drug drum drunk drunken dryer dryli drys dual dub dubious duck duct dud dude due duel duet duff dugout duke duli
    dull duller dulli dumb dumber dummi dump dumpi dumpster dunc dune dung dunk dunno dupe duplex duplic durat dure
    duress dusk duski dust dustbin dusti duti duvet dwarf dwell dwelt dy dye dyke dynam dynamo each eager eagl ear
    earl earli earlier earliest earn earner earth earthi eas easel easi easier easiest easili east eastern eat eater
    eav ebb eboni eccentr echo ecolog econom economi eczema eddi edg edger edgi edgier edibl edict edit editor
    editori educ eel eeri eerier effect effici effigi effort egg ego egoism eight eighteen eighth eighti either
    eject eke elabor elaps elbow elder eldest elect elector electr electron eleg elegi element elementari eleph elev
    eleven elicit elig elimin elit elitist elk elm elop els elsewher elud elv email emb embalm embark embarrass
    embed ember emblem embodi emboss embryo emerg emergenc emin emir emit emot emphas emphasi emphasis empir employ
    employe empti emul enabl enact enamel encas enclos encod encor encount encourag end endear endeavor endeavour
    endiv endless endow endur enema enemi energi enforc engag engin engulf enhanc enigma enjoy enlarg enlighten
    enlist enmiti enorm enough enquir enquiri enrag enrich enrol ensign ensu ensur entail enter enterpris entertain
    enthusiasm enthusiast entic entir entireti entiti entitl entranc entrap entri envelop envi environ environment
    envisag envoy enzym eon epic episod epoch equal equat equilibrium equin equip equiti equival era eras erect ergo
    erod erot err errand errant erron error erupt escap escort esoter especi essay essenc essenti establish estat
    esteem estim etch etern ether ethic ethnic etho etymolog eulog eureka evad evalu eve even evening event eventu
    ever everi everybodi everyday everyon everyth everywher evict evid evil evok evolut evolutionari evolv ewe exact
    exagger exalt exam examin exampl exceed excel except excess exchang excis excit exclam exclud exclus excus
    execut exempt exercis exert exhal exhaust exhibit exhort exhum exil exist exit exodus exot expand expans expect
    expedit expel expend expenditur expens experi experienc experiment expert expertis expir expiri explain explan
    explanatori explicit explod exploit explor explos exponenti export expos exposur express expressway extant
    extend extens extent extern extinct extol extort extra extract extran extraordinari extraordinarili extrem
    extremist exud exult eye eyelid eyesight fabl fabric facad face facet facial facil facilit fact factor factori
    factual faculti fad fade faec faggot fagot fail failur faint fainter faintest fair fairer fairest fairi faith
    fake falcon fall fallaci fals falser falter fame famili familiar famin famous fan fanci fang fantasi fantast far
    farc fare farewel farm farmer farther farthest fascin fascist fashion fast fasten faster fastest fat fatal fate
    father fathom fatten fatter fatti fatuous faucet fault faulti fauna favor favorit favour favourit fawn faze fear
    feasibl feast feat featur fece fed feder fee feebl feed feedback feeder feel feeler feign feint felin fell
    feller fellow felon feloni felt femal feminist fenc fend fender fern ferret ferri fervor fester festiv fetch
    fete fetid fetish fetter fetus feud feudal fever few fewer fewest fezz fiasco fib fibber fiber fibr fich fickl
    fiction fidd fiddl fidget field fiend fierc fieri fiesta fifteen fifth fifti fig fight fighter figur filch file
    filet fill filler fillet filli film filmi filter filth filthi fin final finalis financ financi finch find fine
    finer finest finger finish finit fir fire firework firm firmer first fiscal fish fisher fishi fist fit fitter
    five fiver fix fizz fizzi fizzl flabbi flag flail flair flak flake flaki flame flank flap flare flash flashi
    flask flat flaunt flavor flavour flaw flea fleck fled flee fleec fleeci fleet flesh fleshi flex flexibl fli
    flick flier fliest flight flimsi flinch fling flint flip flirt flit float flock flog flood floor flop floppi
    flora floral florid floss flour flout flow flower fluctuat flue fluent fluff fluffi fluid fluke flung flunk
    flunki flurri flush flute flux flyer foal foam foami focal focus fodder foe fog fogey foggi fogi foibl foil
    foist fold folder folk folksi folli follow foment fond fonder fondl font food fool foolish foot footbal footnot
    for forag foray forbad forbid forbidden forc forcibl ford fore forecast forego foreign forese forest forev forg
    forgav forger forget forgiv forgiven forgo fork form formal format former formul formula fort forth forthcom
    forti fortnight fortun forum forward fossil foster foul fouler found foundat fount fountain four fourteen fourth
    fowl fox foxi foxier foyer fraca fraction fragil fragment frail frame framework franc frank frantic fraud fray
    freak free freed freedom freeli freer freest freeway freez french frenzi frequenc frequent fresh fret fri friar
    friction friend friendship friez fright frighten frigid frill frilli fring frisk friski frivol frizzi frock frog
    frolic from frond front frost frosti froth frothi frown frugal fruit fruiti frustrat fudg fuel fulfil full
    fuller fullest fulli fumbl fume fun function fund fundament fundamentalist funer fungi fungus funnel funner
    funni funnier funniest fur furi furl furnitur furor furri furrow further furthermor furthest fuse fusion fuss
    fussi futil futur fuzz fuzzi gab gabl gadget gag gaieti gaili gain gait gal gala galact galaxi gale gall galley
    gallon gallop galor gambit gambl game gamer gamest gamma gamut gander gang gap gape garag garb garbag garbl
    garden gargl garish garlic garnet garret garter gas gase gash gasket gasolin gasp gass gate gateway gather gaudi
    gaug gaunt gauz gavel gawk gawki gay gayer gayest gaze gear gee geed geld gem gender gene genera general
    generalis generat generic generous genet geni genial genii genius genocid genr gent gentl gentleman gentlemen
    gentri genuin genus geograph geographi geolog geometri gerbil germ gestur get geyser ghast ghetto ghost ghoul
    giant gibber gibberish gibe giddi gift gig giggl gild gill gilt gimm gin ginger girder girdl girl girlfriend
    girth gist give given glad glade glanc gland glare glass glassi glaze gleam glean glee glen glib glibli glide
    glider glint gloat global globe gloom gloomi glori glorious gloss glossi glove glow glower glu glue glum glut
    gnarl gnash gnat gnaw gnome gnus go goad goal goali goat goate gob gobbl goblet goblin god goe goggl gold golden
    goldfish golf golfer goner gong gonna good goodby goodi gooey goof goofi gooier goon goos gopher gore gorg
    gorgeous gori gorier gosh gospel gossip goug gourd gout govern governor gown grab grace grade grader gradual
    graduat graffiti graffito graft grain gram grammar grammat grand grandfath grandmoth granni grant grape graph
    graphic grasp grass grassi grate grater gratuit grave gravel graven graver gravi gravit graviti gray grayer
    graze greas greasi great greater greatest greed greedi green greet grey greyer grid grief griev grill grim grime
    grimi grin grind grip gripe grisli grit gritti groan grocer groggi groin groom groov groovi grope gross grossli
    grotto grouch ground group grous grove grovel grow grower growl growth groyn grub grubbi grudg gruel gruff
    grumpi grunt guarante guard guess guest guffaw guid guidanc guidelin guil guild guilt guilti guinea guis guitar
    gulch gulf gull gullet gulli gullibl gulp gum gummi gun gunman gunmen gunner guppi gurgl guru gurus gush gusher
    gust gusti gut gutter guy guzzl gybe gym gyrat habit hack hacker had hag haggl hail hair haircut hairdo hairi
    hale haler halest half hall halo halon halt halter halv ham hamlet hammer hamper hand handbook handi handicap
    handl handler hang hangar hanger hangov hanker happen happi happier happiest happili harass harbor hard hardback
    harden harder hardest hardi hardship hardwar hare harem hark harlot harm harmless harmoni harp harri harrow
    harsh hart has hash hassl hast hasten hasti hat hatch hate hatr haul haunt have haven havoc hawk hay hazard haze
    hazel hazi hazier head headach header headi headlin heal healer health healthi heap hear hears heart hearth
    hearti heartili heat heater heath heav heaven heavi heavier heaviest heavili heckl hectic hedg heed heel hefti
    heifer height heir helicopt helium hell hello helm helmet help helper helpless hem hemp hen henc henceforth her
    herald herb herd here herebi herein heresi heritag hermit hernia hero heroic heroin heron herp herring herself
    hes hesit heterosexu hew hexadecim hey heyday hiatus hiccup hick hide hideous hierarch hierarchi high higher
    highest highlight highway hijack hike hiker hilari hill hilli hilt him himself hind hinder hindsight hing hint
    hip hipper hippi hire his hiss histor histori historian hit hitch hither hitherto hive ho hoard hoars hoax hobbi
    hobbit hobbl hobnob hobo hock hockey hoe hog hoist hold holder holdup hole holi holiday holier holler holli
    hollow homag home homey homier homosexu hone honest honesti honey honk honor honorari honour hood hoof hook hoop
    hooray hoot hooter hoov hop hope hopeless hopper hord horizon horizont horn hornet horni horrend horribl horrid
    horrif horrifi horror hors hose hospit host hostel hostil hot hotb hotel hotter hound hour hous household hove
    hovel hover how howev howl hu hub hubbub huddl hue huf huff huffi hug huge huger hugest huh hulk hull hum human
    humbl humbug humid humor humour hump hunch hundr hunger hungri hunk hunt hunter hurdl hurl hurrah hurri hurt
    hurtl husband hush husk huski hustl hut hutch hybrid hydrogen hyena hymn hymnal hyphen hypocrisi hypocrit
    hypothesi hypothet hyster ice icicl icier iciest icon idea ideal idealist ident identif identifi ideolog idioci
    idiom idiosyncrat idiot idl idler idlest idol igloo ignit ignor iguana ill illeg illiter illog illus illustr
    imag imagin imaginari imbal immatur immedi immens immin immor immort immun imp impact impair impal impart imped
    impel impend imper imperfect imperi imperson impish implaus implement impli implic implicit import impos imposs
    impract impress imprison improb improv impuls impur inabl inaccess inaccur inaccuraci inadequ inadvert inan
    inappropri inborn inbr incap incarn incent incest inch incid incident incit inclin includ inclus incoher incom
    incompat incompet incomplet incomprehens inconsist inconveni inconvenienc incorpor incorrect increas incred
    increment incur inde indefens indefinit indent independ indetermin index indic indict indigo indirect
    indistinguish individu indoor induc induct indulg industri ineffect ineffici inept inequ inert inertia inevit
    inexperienc infal infam infami infant infantil infect infel infer inferior infest infin infinit infirm infix
    inflat inflex inflict influenc influenti influx info inform infrastructur infrequ infring infus ingeni ingest
    ingredi inhabit inhal inher inherit inhibit initi initialis inject injur injuri injustic ink inki inkier inlaid
    inland inlay inlet inmat inn innat inner inning innoc innov input inquir inquiri insan insect insecur insensit
    insert insid insidi insight insignific insist insofar inspect inspir instal instanc instant instead instep
    instil instinct institut instruct instrument insuffici insult insur intact intak integ integr intellect
    intellectu intellig intend intens intent inter interact intercours interest interfac interfer interim interior
    intermedi intermitt intern internal internat interpret interrog interrupt intersect interval interven intervent
    interview intim into intoler intrins introduc introduct introductori intuit invad invalid invalu invari invas
    invent inventor invers invert invest investig invis invit invok involv inward iodin ion iota irat iri iris irk
    iron ironi irrat irrelev irrespect irrespons irrit isl island isol issu it ital itch itchi item itself ivi ivori
    jab jabber jack jackal jacket jade jag jaguar jail jailer jalopi jam jamb jangl jar jargon jaunt jaunti jaw jay
    jazz jealous jean jeer jell jelli jerk jerki jersey jest jester jet jetti jewel jibe jiffi jig jiggl jigsaw jilt
    jingl jinx job jockey jog jogger join joint joke joker jolli jolt jostl jot journal journalist journey jovial
    joy joyous judg judgement judgment judo jug juggl juic juici jumbl jumbo jump jumper jumpi junction jungl junior
    junk junket junki junta juri juror just juster justic justif justifi jut jute juvenil karat kayak keel keen
    keener keep keeper keg kelp ken kennel kerb kernel kettl key keyboard keystrok keyword khaki kick kid kidnap
    kidney kill killer kiln kilo kilt kimono kind kinda kinder kindl king kingdom kink kinki kiosk kipper kiss kit
    kitchen kite kitten kitti kiwi knack knead knee kneed kneel knelt knife knight knit knob knock knoll knot knotti
    know knowledg koala kosher kowtow kudo lab label labor laboratori labour lace laci lacier lack lad ladder lade
    laden ladi ladl lag lager lagoon laid lain lair lake lamb lambda lame lament lamer lamest lamp lanc land lander
    landlord landscap lane languag lanki lap lapel laps lard larg larger largest lark larva larynx laser lash lass
    last latch late latent later latest latex lath lather latter laud laugh laughter launch laurel lava lavatori
    lavish law lawn lawyer laxer laxest laxiti lay layer layman laymen layout lazi lazier leach lead leaden leader
    leadership leaf leafi leaflet leagu leak leaki lean leaner leap leapt learn learnt leas leash least leather leav
    lectur ledg ledger leech leek leer leeri leeway left lefter leg legaci legal legend legendari legibl legion
    legisl legitim legum leisur lemm lemon len lend length lengthi lenient lens lentil leper lesbian lesion less
    lessen lesser lesson lest let lethal letter letup leve level lever levi leviti lewd lewder liabil liabl liaison
    liar libel liber liberti librari librarian lice licenc licens lichen lick lid lie lieu life lifestyl lifetim
    lift light lighter lightest lightn lightning like likelihood liken liker likest likewis lilac lili lilt limb
    limber limbo lime limit limp limper line linear linen liner linger lingo linguist link linkag linker lint lion
    lip liquid liquor lisp list listen lit litani liter literari literatur lith lither litr litter littl live liven
    liver livest livid lizard llama load loader loaf loafer loam loan loath loav lob lobbi lobe local locat lock
    locker locket locust lodg lodger loft lofti log logger logic logo loin loiter loll lone long longer longest look
    loom loon looni loop loophol loos loosen looser loot lop lope lord lore lorri lose loser loss lot lotion lotus
    loud louder loudest loung lous lousi love lover low lower lowest lowli loyal lucid luck lucki luckili ludicr lug
    luggag lull lumber lump lumpi lunaci lunar lunat lunch lunchtim lung lupin lurch lure lurid lurk lush lusher
    lust luster lusti lustr lute luxuri lymph lynch lyre lyric mace machin machineri macho mad madam madcap madden
    madder madman madmen magazin maggot magic magnet magnific magnitud magnum magpi maid maiden mail mailbox maim
    main mainfram mainstream maintain mainten maiz major make maker makeup maladi male malfunct malic malici malign
    mall mallet malt mama mamma mammal man manag mandat mandatori mane mang manger mangi mangl mango mani mania
    maniac manic manifest manifesto manipul mankind manner manor manpow mantel mantl manual manufactur manur map
    mapl mapper mar marbl march mare margin maria marin marina marit mark marker market maroon marri marriag marrow
    marsh marshi mart martin martyr marvel mascot mash mask mason mass massiv mast master mat match mate materi math
    mathemat mathematician matric matrix matron matt matter matur maul mauv maxim maxima maximis maximum may mayb
    mayhem mayor maze meadow meager meagr meal meali mean meaner meaning meaningless meantim meanwhil measli measur
    meat mechan medal meddl media median medic medicin mediev medium medley meek meeker meet megabyt mellow melodi
    melon melt member membership memo memoir memor memori menac mend menial mental mention mentor menu menus meow
    merci mercuri mere merest merg merger merit merri mesh mess messag messi metal metaphor mete meteor meter method
    metr metric metro mettl mew miaow microcomput microprocessor microwav midday middl midget midnight midst midway
    mien might mighti migrat mike mild milder mildew mile mileag militari milk milker milki mill miller million mime
    mimic minc mind mindless mine miner mingl minim minimalist minimis minimum minion minist mink minnow minor mint
    minuet minus minut miracl miracul mirag mire mirror mirth miscellan misdirect miser miseri misfit misfortun
    misguid mishap misinterpret misl mislay mislead misplac misprint misread misrepres miss missil mission mist
    mistak mistaken misti mistook misunderstand misunderstood misus mite mitt mitten mix mixer mixtur mnemon moan
    moat mob mobil mock mod modal mode model moder modern modest modif modifi modul mohair moist molar mold moldi
    mole molecul molecular molest molt molten mom moment momentarili momentum monarch money moni monitor monk monkey
    monochrom monopoli monster month moo mood moodi moon moor moos moot mop mope moral morass morbid more moreov
    morgu morn moron moros morsel mortal mortar mosaic mosqu moss mossi most motel moth mother motif motion motiv
    motley motor motorway motto mould mouldi moult mound mount mountain mourn mous mousi mouss mouth move movement
    mover movi mow mower much muck mucous mucus mud muddi muddl muf muff muffin muffl mug mugger muggi mulch mule
    mull multi multipl multipli mum mumbl mummi mump munch mundan mural murder murki murmur muscl muse museum mush
    mushi music musician musk musket muss mussel must muster musti mutant mutat mute muter mutest mutini mutt mutter
    mutton mutual muzzl myopic myriad myself mysteri mystic myth mythic mytholog nab nag nail naiv naiver nake name
    nameless nap napalm nape napkin nappi narrat narrow narrowest nasal nasti nastier nastiest nation nativ natti
    natur naught naughti nausea naval navel navi nay near nearbi nearer nearest neat neater nebula necess necessari
    necessarili neck nectar need needi needl needless negat neglect neglig negoti neigh neighbor neighborhood
    neighbour neighbourhood neither neon nephew nerv nervous nest nestl net nether nettl network neural neuron
    neuter neutral never nevertheless new newbi newcom newer newest newli news newsi newslett newspap newt newton
    next nibbl nice nicer nicest niceti nich nick nickel nicknam niec nifti nigh night nightmar nil nimbl nine
    nineti ninni ninth nip nippi nippl nit nitwit nobl nobler nobli nobodi nod node noe nois noisi nomad nomin none
    nonetheless nonsens noodl nook noon noos nor norm normal north northern nose nosi nosier nostalgia not notabl
    notat notch note noth notic notif notifi notion notori notwithstand nougat nought noun nova novel novelti novic
    now nowaday nowher nozzl nuanc nuclear nuclei nude nuder nudest nudg nuditi nugget nuisanc null numb number
    numbest numer nun nurs nut nutmeg nutti nuzzl nylon nymph oaf oak oar oas oasi oath obes obey object objection
    oblig obligatori oblong obnoxi obo obscen obscur observ obsess obsolet obstruct obtain obtus obvious occas
    occasion occup occupi occur occurr ocean octal octav ocular odd odder oddest odditi ode odious odor odour off
    offenc offend offens offer offhand offic offici offset offspr often ogl ogr ohm oil oili oilier okay okra old
    olden older oldest oliv omega omelet omen omiss omit onc one oneself ongo onion onli onrush onset onto onus
    onward oodl ooz opal opaqu open oper opera opinion opium oppon opportun oppos opposit oppress opt optic optim
    optima optimis optimist optimum option opus oracl oral orang orat orbit orchestr orchestra orchid ordain ordeal
    order ordinari ore organ organic organis organiz orgasm orgi orient origin ornat orphan orthodox other otherwis
    otter ouch ought ounc our ourselv oust ouster out outcom outcri outdat outdid outdo outer outfit outgo outing
    outlaw outlay outlet outlin outlook output outrag outran outright outrun outset outsid outstand outweigh outwit
    oval ovari oven over overal overcam overcom overdo overdraft overdu overflow overhead overlap overload overlong
    overlook overnight overpr overpric overrid overridden overrod oversea overt overtim overton overview overwhelm
    overwrit overwritten ovum owe owl own owner ownership oxen oxid oxygen oyster ozon pace pacifi pack packag
    packer packet pact pad paddi paddl pagan page pager pagoda pail pain painless paint pair pal palac palat pale
    paler palest pall pallid pallor palm paltri pamper pan panda pander pane panel pang panic pansi pant panti
    pantri papa papaci papal papaya paper paperback papyri par parad paradis paradox paragraph parallel paramet
    paranoia paranoid paraphras parcel parch pardon pare parent parenthes parenthesi parish pariti park parka
    parliament parlor parochi parodi parol parrot pars parsec parser parson part parti partial particip particl
    particular partit partner pass passag passeng passer passion passiv passport password past pasta paste pastel
    pasti pastor pastri pat patch patchi pate patent path pathet patho patienc patient patio patrol patron patronis
    patter pattern patti paunch pauper paus pave pavement paw pawn pay payer payment payoff pea peac peach peak peal
    peanut pear pearl peasant peat pebbl pecan peck peculiar pedal pedant pedantri peddl pedestrian pedlar peek peel
    peep peer peev peg pellet pelt pelvi pelvic pen penal penalti penc pencil pend penguin peni penni peon peoni
    peopl pep pepper per perceiv percent percentag percept perch perfect perform perhap peril period peripher perish
    perk perki perman permiss permit perpetu persecut persist person personnel perspect persuad persuas pert perter
    perus pervers peski pest pester pet petal peter petit petrol petti pew pewter pharmaci phase phenomena
    phenomenon philosoph philosophi phlegm phobia phoenix phone phoney phoni photo photocopi photograph photon
    phrase physic physicist physiolog piano pick pickax picket picki pickl pickup picnic pictur piddl pie piec pier
    pierc pieti pig pigeon pigpen pike pile pilfer pill pillar pillow pilot pimpl pimpli pin pinch pine pinion pink
    pinker pint pious pipe pipelin piqu piraci pirat pistol piston pit pitch pitfal pithi piti pivot pixi pizza
    place placid plagu plaic plaid plain plan planar plane planet planetari plank plant plaqu plasma plaster plastic
    plate platform plausibl play player playground plaza plea plead pleas pleasant pleasur pleat pledg plenti pli
    pliant plier plight plod plop plot plotter plough plow ploy pluck plucki plug plum plumb plume plump plung
    plural plus pluse plush poach pocket pod podium poem poet poetic poetri point pointer pointless pois poison poke
    poker pokey poki pokier polar pole polic policeman polici polio polish polit politician polka poll pollen pollut
    polo polynomi polyp pomp pompous poncho pond ponder poni poodl pool poop poor poorer poorest pop pope poplar
    poppi popul populac popular porch pore pork pornographi porous port portabl portal porter portion portray pose
    posi posit possess possibl possum post postag postal postcard poster postmast postpon postscript postul pot
    potato potent potenti potion potter pouch pounc pound pour pout poverti powder power powwow practic practis
    pragmat prais pram pranc prank prawn pray prayer preach precaut preced precious precis predecessor predict
    predomin preen prefab prefac prefer prefix pregnanc pregnant prejud prejudic preliminari prematur premis premium
    prepar prepay prerequisit prescrib prescript presenc present preserv presid press pressur presto presum pretend
    pretenti pretti prevail preval prevent preview previous prey pri price prick pride priest prim primal primari
    primarili prime primer primit primp princ princip principl print printer printout prior prioriti prise prism
    prison privaci privat privatis privi privileg prize pro probabl probe problem procedur proceed process processor
    proclaim prod produc product profess profession professor profil profit profound program programm progress
    prohibit project prolifer prolong prom promin promis promot prompt prone prong pronoun pronounc pronunci proof
    prop propaganda propel proper properti prophet proport propos proposit proprietari pros prose prosecut prospect
    prostitut protect protein protest protocol proton prototyp proud prove proven provid provis provision provoc
    provok prow prowl proxi proxim prude prune psalm pseudo psych psycholog pub public publicis publish puck pucker
    pud puddl pudgi pueblo puf puff puffer puffi puke pull pulley pulp pulpit puls puma pumic pummel pump pun punch
    punctuat punctur pundit puni punier punish punk punker punt punter pup pupil puppet puppi pur purchas pure purer
    purest purg purifi puriti purpl purpos purr purs pursu pursuit push pusher pushi puss pussi put putrid putt
    putter putti puzzl pyre python quack quail quaint quak qualif qualifi qualiti qualm quantiti quantum quark
    quarri quart quarter quartz quash quaver quay queasi queen queer quell quench queri quest question questionnair
    queu queue quibbl quich quick quicker quickest quiet quieter quietest quill quilt quip quirk quirki quit quiver
    quiz quorum quot quota quotat rabbi rabbit rabbl rabi rabid race racer raci racial racier racism racist rack
    racket radar radial radiat radic radii radio radish radium radius raffl raft rafter rag rage raid raider rail
    railroad railway rain rainbow raini rais raisin rake ralli ram rambl ramp rampant ramrod ranch rancid rancor
    random rang ranger rank ranker rankl ransom rant rap rape rapid rapist rapt rare rarer rarest rariti rascal rash
    rasher rasp raster rat rate rather ratifi ratio ration rational ratti rattl ravag rave ravel raven ravin ravish
    raw rawer rawest ray rayon raze razor reach react reaction reactionari reactor read readabl reader readership
    readi readili real realer realis realist realiti realiz realli realm realti ream reap reaper rear rearrang
    reason reassur rebat rebel rebind reborn rebuff rebuild rebuilt rebuk rebut recal recant recap reced receipt
    receiv recent recept recess recip recipi recit reckless reckon reclaim recogn recognis recognit recogniz recoil
    recollect recommend reconcil reconsid record recoup recov recoveri recreat recruit rectal rectangl rectangular
    rectifi rector rectum recur recurs recycl red redden redder redeem redefin redid redirect redo redon redraw
    reduc reduct redund reed reef reek reel refer referenc referendum refil refin reflect reflex reform reformat
    refrain refresh refuel refug refund refus refut regain regal regard regardless regent regim region regist
    registr regret regrett regul regular rehash reign rein reinstat reiter reject rejoin relaid relat relationship
    relax relay releas relent relev reli reliabl relic relief reliev religi religion relish reliv reload reloc
    reluct remad remain remaind remak remark remedi rememb remind reminisc remiss remit remot remov renam rend
    render rendit reneg renew renown rent rental reopen repaid repair repay repeal repeat repel repent repertoir
    repetit rephras replac replay repli report repos repres represent reproduc reproduct repuls reput request requir
    requisit reread resal rescu research resembl resent reserv reset resid resign resin resist resolut resolv resort
    resourc respect respond respons rest restart restaur restor restrain restrict result resum resurrect retail
    retain retard retch retina retir retort retract retri retriev return retyp reus rev revamp reveal revel reveng
    revenu rever revers revert review revil revis reviv revok revolt revolut revolutionari revu revv reward rewind
    rework rewrit rewritten rewrot rhetor rhino rhyme rhythm rib ribbon rice rich richer richest rid riddl ride
    rider ridg ridicul rife rifer rifest rifl rift rig right rigid rigor rigour rile rim rind ring rink rins riot
    rioter rip ripe ripen riper ripest rippl rise riser risk riski rite ritual rival river rivet roach road roam
    roar roast rob robber robe robin robot robust rock rocker rocket rocki rod rodent rodeo roe rogu role roll
    roller roman romanc romant romp roof rook rooki room roomi roost root rooter rope rosari rose rosi rosier roster
    rot rotari rotat rote rotor rotten rotund roug rough round roundabout rous rout router routin row rowdi royal
    royalti ru rub rubber rubbish rubbl rubi rubier rubric ruckus rudder ruddi rude ruder rudest rue rueful ruf ruff
    ruffl rug rugbi ruin rule ruler rum rumbl rummer rummi rumor rumour rump rumpl run rune rung runner runni runt
    runway rural ruse rush rust rusti rustic rustl rut saber sabotag sabr sac sack sacr sacrif sacrific sad sadden
    sadder saddl sade sadism sadist safari safe safeguard safer safest safeti sag saga sage sager sagest sail sailor
    saint sake saki salad salami salari sale salesman saliva salli sallow salmon salon saloon salt salter salti
    salut salv salvat same sampl sand sandal sandi sandwich sane saner sanest saniti sap sarcasm sarcast sari sash
    sassi satellit satin satir satisfact satisfactori satisfactorili satisfi sauc saucer sauci sauna savag save
    saver savior savor savori savour savvi saw say scab scalar scald scale scali scalp scan scandal scanner scant
    scanti scar scarc scare scarf scari scarlet scatter scenario scene sceneri scenic scent sceptic schedul scheme
    scholar school scienc scientif scientist scoff scold scoop scoot scope scorch score scorer scorn scotch scour
    scout scowl scram scrap scrape scratch scrawl scream screen screw screwi scribe script scroll scrub scruff scuff
    scum scurri scyth sea seal seam seaman seamen sear search season seat seced second secondari secret secretari
    sect section sector secular secur sedan sedat seduc see seed seedi seek seem seep seer seesaw seeth segment seiz
    seldom select self selfish sell seller selv semant semen seminar senat send sender senil senior sens sensat
    sensibl sensit sensor sentenc sentient sentiment sentri separ sequel sequenc sequenti sequin seren seri serial
    serious sermon serum serv servant server servic session set setter settl seven seventh sever sew sewag sewer
    sewn sex sexi sexism sexist sexual shabbi shack shade shadi shadow shaft shaggi shake shaki shall shallow sham
    shame shanti shape share sharehold shark sharp sharpli shave shaven shaver shawl she sheaf shear sheath sheav
    shed sheen sheep sheer sheet sheikh shelf shell shelter shelv sherri shes shi shield shift shifti shin shine
    shini ship shire shirk shirt shiver shoal shock shod shoddi shoe shone shoo shoot shop shore short shortag
    shorten shorter shortest shorthand shot should shoulder shout shove shovel show shower showi shrank shred shrew
    shrewd shriek shrill shrimp shrine shrink shroud shrub shrug shrunk shuck shun shunt shut shutdown shyer shyest
    sic sick sicken sicker sickl side sideway sidl sieg sierra siesta siev sift sigh sight sigma sign signal
    signatur signer signific silenc silent silicon silk silken sill silli sillier silliest silo silt silver simil
    similar simmer simpl simpler simplest simpli simplic simplifi simplist simul simultan sin sinc sincer sine sinew
    sinewi sing singer singl singular sinist sink sinner sinus sip siphon sir sire siren sissi sister sit site
    sitter situat six sixteen sixth sixti size sizer sizzl skate skater skein skeleton skeptic sketch skew skewer
    ski skid skill skim skimp skimpi skin skinni skip skirt skit skulk skull skunk sky slab slack slag slain slake
    slam slang slant slap slash slat slate slave slay sleazi sled sleek sleep sleepi sleet sleev sleigh slew slice
    slick slid slide slier sliest slight slighter slightest slim slime slimi sling slink slip slipperi slit sliver
    slob slog slogan slop slope sloppi slosh slot sloth slouch slow slower slowest slowli sludg slug sluic slum
    slump slung slunk slur slush slut slyer slyest slyli smack small smaller smallest smallish smart smash smear
    smell smelli smelt smile smirk smite smith smock smog smoke smoker smoki smooth smote smudg smug smut snack snag
    snail snake snap snappi snare snarl snatch sneak sneaki sneer sneez snide snider sniff snip snipe sniper snitch
    snob snobberi snoop snooti snooz snore snort snot snout snow snowi snub snuff snug soak soap soapi soar sob
    sober soccer social socialist societi sock socket sod soda sodden sodium sodomi sofa soft soften softer softwar
    soggi soil solac solar solder soldier sole solemn solicitor solid solo solut solv somber sombr some somebodi
    somehow someon someplac someth sometim somewhat somewher son sonata song sonic sonnet soon sooner soonest soot
    sooth sooti sop sophist sordid sore sorer sorest sorri sorrow sort sorta soul sound soundtrack soup sour sourc
    sourer south southern sow sown space spade span spank spar spare sparer spark spars spas spasm spat spate
    spatial spawn spay speak speaker spear speci special specialis specialist specialti specif specifi specimen
    speck spectacular spectrum specul sped speech speed speedi spell spelt spend sperm spew sphere sphinx spi spice
    spici spider spigot spike spill spilt spin spinal spine spiral spire spirit spiritu spit spite splash splat
    spleen splendid splice splint split spoil spoilt spoke spokesman spong spongi sponsor spontan spoof spook spooki
    spool spoon spore sport spot spotti spous spout sprain sprang sprawl spray spread spree spreed spri sprier sprig
    spring sprint sprout spruce sprung spud spun spunk spur spurious spurn spurt squad squall squar squash squat
    squawk squeak squeal squeez squid squint squir squirm squirt stab stabil stabl stack staff stag stage stagger
    staid stain stair staircas stake stale staler stalk stall stamp stanc stanch stand standard standardis
    standpoint stank stanza stapl star starch stare stark starri start starter startl starv state statement stater
    static station stationari statist statu status stave stay steadi steadili steak steal steam steami steel steep
    steer stem stench step stereo stereotyp steril sterl stern stew stick sticki stiff stifl stigma still stimul
    sting stingi stink stint stir stitch stock stocki stodgi stoke stole stolid stomach stomp stone stoni stool
    stoop stop storag store storey stori stork storm stormi stout stove stow straight straightforward strain strait
    strand strang stranger strangest strap strata strateg strategi straw stray streak stream street strength
    strengthen stress stretch strew strewn strict stride strife strike string stringent strip stripe strive strode
    stroke stroll strong stronger strongest strove structur struggl strum strung strut stub stubbi stud student
    studi studio stuf stuff stuffi stumbl stump stun stung stunk stunt stupid stupor sturdi style stylus su suav
    suaver sub subdu subject sublet submiss submit subroutin subscrib subscript subsequ subset subsid subsidiari
    subsidis substanc substanti substitut subt subtl subtleti suburb subway succeed success successor succor such
    suck sucker suckl sud sudden sue sued suffer suffic suffici suffix sugar sugari suggest suicid suit suitabl
    suitor sulfur sulk sulki sullen sultan sultri sum summar summari summaris summer summit summon sun sunda sundri
    sunken sunlight sunlit sunni sunris sunset sunshin suntan sunup super superb superfici superflu superior
    supermarket supernatur supervis supervisor supper suppl supplement supplementari suppli supplier support suppos
    suppress suprem sur sure surer surest surf surfac surg surgeri surnam surplus surpris surround survey surviv
    suscept suspect suspend suspens suspici suspicion sustain swab swallow swamp swampi swan swap swarm swat swath
    sway swear sweat sweati sweep sweet swell swept swerv swift swig swill swim swine swing swipe swirl swish switch
    swivel swoon swoop sword swung symbol symmetr symmetri sympath sympathet sympathi sympathis symphoni symptom
    syndic syndrom synonym syntact syntax synthes synthesi syrup system systemat tab tabbi tabl tablet taboo tacit
    tack tacki tackl taco tact tactic tactless tag tail tailor taint take taker talc tale talent talk talker tall
    taller talli tallow talon tame tamer tamest tamper tan tandem tang tangent tangl tango tank tanker tanner tap
    tape taper tar tardi target tariff tarri tart tartan tartar tarter task tassel tast tasteless tasti tatti tattl
    tattoo taunt taut tauter tavern tawdri tawni tax taxat taxi taxpay tea teach teacher teacup teak team teapot
    tear teas teat technic techniqu technolog tedious tedium tee teed teem teen teenag teeter teeth telephon
    telescop televis tell teller temper temperatur templ tempo temporari temporarili tempt temptat ten tenant tend
    tendenc tender tendon tenet tenni tenor tens tenser tension tent tentat tenth tenur tepe tepid term termin
    terminolog terribl terrifi territori terror terrorist ters terser test tester testi tether text textbook textual
    than thank that thatch thaw the theater theatr thee theft their theist them theme themselv then thenc theolog
    theorem theoret theori therapi there thereabout thereaft therebi therefor therein thereof these thesi theta they
    thi thick thief thiev thigh thin thing think third thirst thirti this thong thorn thorni thorough thoroughfar
    those thou though thought thous thousand thrash thread threat threaten three thresh threshold thrice thrift
    thrill thrive throat throb throne throng through throughout throughput throw thrust thud thug thumb thump thus
    thwart thyme tiara tick ticket tickl tidal tidbit tide tidi tidier tie tier tif tiff tiger tight tild tile till
    tilt timber time timer timescal timet timid tin tinder ting tingl tini tinier tinker tinkl tinni tinsel tint tip
    tipsi tipto tirad tire tiresom tissu tit titbit titl titter to toad toast tobacco today toddl toe toffe toga
    togeth toggl toil toilet token toler toll tomato tomb tomboy tomcat tome tomorrow ton tonal tone tong tongu
    tonic tonight tonn tonsil too tool toot tooth top topaz topic toppl torch torqu torrid torso tortur toss tot
    total tote totem totter toucan touch touchi tough toupe tour tourist tousl tout tow toward towel tower town
    toxic toxin toy trace track tract trade trader tradit traffic tragedi tragic trail train trait tramp tranc
    transact transcript transfer transform transient transit translat transmiss transmit transmitt transpar
    transport trap trash trashcan trashi trauma travel trawl tray tread treasur treat treati treatment trebl tree
    treed trek tremend tremor trench trend trendi tri trial triangl tribal tribe trick tricki trifl trigger trill
    trilog trim triniti trio trip tripe tripl tripo tripod trite triter triumph trivia trivial trod troll trolley
    troop trophi trot troubl trough troup trouser trout trowel tru truant truce truck trudg true truer truest truism
    truli trump trumpet truncat trunk trust trusti truth tryout tsar tub tuba tube tuck tuft tug tulip tumbl tummi
    tumor tumour tumult tuna tundra tune tuner tunic tunnel turban tureen turf turgid turkey turn turner turnip
    turntabl turret turtl tusk tussl tutor tutori tuxedo twang tweak twee tweed tweet twelv twenti twentieth twice
    twig twin twine twing twirl twist twitch two twos tycoon type typeset typewrit typhus typic typifi typist tyrant
    tyre udder ugh ugli uglier ulcer ultim ultra umbrella umpir unabl unaccept unaffect unambigu unattend unauthor
    unauthoris unavail unavoid unawar unbalanc unbear unbeliev unbias unborn uncertain uncertainti unchang uncl
    unclear uncomfort uncommon unconnect unconsci unconvinc uncut undefin under underestim undergo undergon
    undergradu underground underlain underlay underli underlin underneath understand undertak undertaken undertook
    underw undesir undid undo undocu undon undoubt undu unduli uneasi unemploy uneven unexpect unexplain unfair
    unfamiliar unfinish unfit unfold unfortun unfound unfriend unfurl unhappi unhealthi unhelp unhook unifi uniform
    unimport uninterest union uniqu unison unit uniti univers universal universiti unjust unjustifi unkind unknown
    unless unlik unlimit unload unlock unlucki unman unmask unnatur unnecessari unnecessarili unobtain unoffici
    unpack unpaid unpick unpleas unpopular unpredict unread unreal unrealist unreason unrel unreli unrest unruli
    unsaf unsaid unsatisfactori unsay unseat unseen unset unsolicit unsound unspecifi unstabl unsuccess unsuit
    unsung unsupport unsur unsuspect unti untidi until unto untold untru unus unusu unveil unwant unwari unwel
    unwelcom unwil unwind unwis unwork unwrap up upbeat upbring updat upend upgrad upheld uphil uphold upkeep uplift
    upload upon upper upright uproar uproot upset upshot upsid upstair uptak uptown upturn upward urban urchin urg
    urgenc urgent urin urn usabl usag use useless user usher usual usurp uteri uterus util utmost utter vacanc
    vacant vacat vacuum vagari vagina vagu vaguer vain vainer valet valid valis valley valor valour valu valuabl
    valv van vandal vane vanish vaniti vapor vapour vari variabl varianc variant variat varieti various vase vast
    vaster vat vault veal vector veer veget vegetarian vehicl veil vein veloc velour velvet vend vendor veneer venom
    vent ventur venu verb verbal verbatim verbos verdict verg veri verier verif verifi vermin vers versatil version
    versus vertic verv vessel vest vet veto vex via viabl vial vicar vice vicin vicious victim victor victori video
    vie view viewer viewpoint vigil vigor vigour vile viler vilest vilifi villa villag vine vintag vinyl viola
    violat violenc violent violet violin viper viral virgin viril virtu virtual virus visa vise visibl vision visit
    visitor visor vista visual vital vivid vocabulari vocal vodka vogu voic void volley volt voltag volum volunt
    voluntari voluntarili vomit voodoo vortex vote voter vouch vow vowel voyag vulgar vulner wad waddl wade wafer
    waffl waft wag wage wager wagon waif wail waist wait waiter waiv waiver wake waken walk walker wall wallet
    wallop wallow walnut walrus waltz wand wander wane wanna wanner want wanton war warbl ward warden warehous wari
    warier warm warmer warmth warn warp warrant warranti warren wart wartim was wash washer wasp wast watch water
    wateri watt wave waver wavi wavier wax waxi waxier way waylay weak weaken weaker wealth wealthi wean weapon wear
    weari weasel weather weav weaver web wed wedder wedg wee weed weedi week weekday weekend weep weer weest weigh
    weight weird weirdo welcom weld welder welfar well welt welter wept were west western wet wetter whack whale
    whaler wharf what whatev whatsoev wheat wheel wheez when whenc whenev where wherea wherebi whereupon wherev whet
    whether whew whi which whichev whiff while whilst whim whine whinni whip whir whirl whirr whisk whiskey whiski
    whistl white whiten whiter whiz whizz who whoa whoever whole wholeheart wholli whom whoop whore whose whys wick
    wicker wicket wide widen wider widespread widest widow width wield wife wig wiggl wigwam wil wild wilder wili
    wilier will willow wilt win winc winch wind windi window wine wing wink winner winter wintri wipe wiper wire
    wiri wirier wisdom wise wiser wisest wish wisp wispi wist wit witch with withdraw withdrawn withdrew wither
    within without witti wive wizard wobbl woe wok wolf wolv woman womb wombat wonder wondrous wont woo wood wooden
    woodi woof wool woolen woolli word wordi work workabl worker workload workshop workstat world worldwid worm
    worri wors worsen worship worst worth worthi worthless worthwhil would wound wove woven wow wrap wrapper wrath
    wreak wreath wreck wrecker wren wrench wrest wretch wright wring wrist writ write writer writh wrong wrung wryer
    wryest yacht yak yakk yam yank yap yard yarn yawn year yearn yeast yell yellow yelp yen yes yese yess yesterday
    yet yeti yew yield yodel yoga yogurt yoke yokel yolk yonder you young younger youngest your yourself yourselv
    yous youth yowl yuck zani zanier zeal zebra zenith zero zest zeta zigzag zinc zip zipper zodiac zombi zone zoo
    zoom
"""
COMMON_STEMS: FrozenSet[str] = frozenset(_STEMS.split())
"""The stems, without those of stop words that have none of their own."""

"""Stop words of the languages in which people most often write to an assistant, except English."""

from __future__ import annotations

from typing import Dict, FrozenSet

__all__ = ["PARTICLES", "STOP_WORDS_OF"]

STOP_WORDS_OF: Dict[str, str] = {
    "arabic": """
        في من إلى على عن مع عند بعد قبل بين حتى منذ هو هي هم أنا أنت نحن هذا هذه ذلك تلك الذي التي الذين كان
        كانت يكون لا لم لن ما ليس ليست قد ثم أو أم و بل لكن لأن أن إن إذا كل بعض أي أين متى كيف كم لماذا ماذا هل
        بماذا مم له لها لهم لي لك لنا فيه فيها به بها منه منها عنه عنها عليه عليها إليه مني سوف
    """,
    "french": """
        le la les l un une des du de d au aux ce cet cette ces c ça cela mon ma mes m ton ta tes t son sa ses s
        notre nos votre vos leur leurs je j tu il elle on nous vous ils elles me te se lui moi toi eux y en qui
        que qu quoi dont où quel quelle quels quelles et ou mais donc ni car si comme quand lorsque puisque
        parce pour par avec sans sous sur dans chez vers entre avant après depuis pendant jusque ne n pas plus
        très aussi trop bien est es suis sommes êtes sont était étaient être été sera serait ai as a avons avez
        ont avait avoir eu aura fait faire faut va vont comment combien pourquoi quelque quelques tout toute
        tous toutes même
    """,
    "german": """
        der die das den dem des ein eine einen einem einer eines kein keine keinen keiner ich du er sie es wir
        ihr mich dich ihn uns euch mir dir ihm ihnen sich man mein meine meinen meinem meiner dein deine sein
        seine seinen seiner ihre ihren ihrem ihrer unser unsere unseren unserer euer eure dieser diese dieses
        diesen diesem jener jene und oder aber denn sondern weil dass ob wenn als wie so nur auch noch schon
        sehr mehr nicht nichts in im an am auf aus bei beim mit nach von vom vor zu zum zur über unter um durch
        für gegen ohne bis seit während zwischen ist bin bist sind war waren sei wäre gewesen habe hast hat
        haben hatte hatten wird werde werden wurde wurden worden kann können konnte muss müssen musste soll
        sollen sollte will wollen wollte darf dürfen durfte mag mögen wer wen wem wessen was wann wo wohin woher
        warum wieso welche welcher welches welchen welchem viel viele da dann dort hier
    """,
    "greek": """
        ο η το οι τα του της των τον την τους τις ένας μια μία ένα στο στη στην στον στα στους στις στων σε με
        για από προς κατά μετά πριν μέχρι ως χωρίς και κι ή είτε ούτε αλλά όμως γιατί επειδή αν όταν όπως που
        πως ότι να θα ας δεν δε μην μη είναι είμαι είσαι είμαστε ήταν ήμουν έχω έχεις έχει έχουμε έχουν είχε
        είχα εγώ εσύ αυτός αυτή αυτό αυτοί αυτά εμείς μου σου μας σας τι ποιος ποια ποιο ποιοι ποιες πού πότε
        πώς πόσο πόσα πόσες πόσους κάθε πολύ πιο πρέπει
    """,
    "hindi": """
        का के की को से में पर ने तक और या लेकिन मगर कि जो तो भी ही न नहीं मत मैं हम तुम आप वह वे यह ये मुझे हमें
        तुम्हें उसे उन्हें इसे मेरा मेरी मेरे हमारा हमारी हमारे तुम्हारा आपका उसका उसकी उसके उनका उनकी उनके अपना
        अपनी अपने इस उस इन उन है हैं था थी थे हूँ हो होगा होगी होंगे हुआ हुई हुए रहा रही रहे गया गई गए कर करके
        करना करता करती करते किया क्या क्यों कब कहाँ कैसे कैसा कैसी कौन किस किसने किसका किसकी किसके किसको किससे
        कितना कितनी कितने जब तब अब यहाँ वहाँ लिए साथ वाला वाली वाले एक कुछ सब बहुत
    """,
    "italian": """
        il lo la i gli le l un uno una d di a da in con su per tra fra del dello della dei degli delle dell al
        allo alla ai agli alle all dal dallo dalla dai dagli dalle dall nel nello nella nei negli nelle nell sul
        sullo sulla sui sugli sulle sull col e ed o ma se che chi cui non né anche come quando dove quanto
        quanta quanti quante quale quali perché cosa io tu lui lei noi voi loro mi ti si ci vi ne me te mio mia
        miei mie tuo tua suo sua suoi sue nostro nostra vostro questo questa questi queste quello quella sono
        sei è siamo siete era erano essere stato stata ho hai ha abbiamo avete hanno aveva avere avuto va fa
        fare più molto già poi entro c dov cos
    """,
    "portuguese": """
        o a os as um uma uns umas de do da dos das em no na nos nas num numa por pelo pela pelos pelas para com
        sem sob sobre entre até desde e ou mas nem se que quem qual quais quando onde como quanto quanta quantos
        quantas porque porquê eu tu ele ela nós vós eles elas você vocês me te lhe lhes mim ti si meu minha meus
        minhas teu tua seu sua seus suas nosso nossa nossos nossas este esta estes estas esse essa isso isto
        aquele aquela aquilo ao à aos às não sim já mais muito também só é és sou são era eram foi foram ser
        sido está estão estou estava estar tem têm tenho tinha ter há vai vão vou
    """,
    "russian": """
        и в во не что он она оно они на я мы ты вы с со как а то все всё его её их ему ей им мне нам тебе вам
        меня нас тебя вас мой моя моё мои моей моего наш наша наше наши нашей нашего твой ваш свой свою своей
        этот эта это эти этой того тот та те к ко по из от до у за под над при про о об обо для без через между
        перед или но да же ли бы если когда где куда откуда почему зачем кто кого кому кем чего чему чем какой
        какая какое какие какую каком какого сколько который которая которое которые был была было были быть
        есть будет будут уже ещё так там тут здесь только очень нет ни
    """,
    "spanish": """
        el la los las lo un una unos unas de del a al en con por para sin sobre entre hasta desde hacia según y
        e o u pero ni si no sí que quien quién qué cuál cuáles cuándo cuando dónde donde cómo como cuánto cuánta
        cuántos cuántas cuanto porque yo tú él ella nosotros vosotros ellos ellas usted ustedes me te se nos os
        le les mi mis tu tus su sus nuestro nuestra nuestros nuestras este esta esto estos estas ese esa eso
        esos esas aquel aquella soy eres es somos son era eran fue fueron ser sido está están estoy estaba estar
        he has ha hemos han había haber hay tengo tiene tienen tenía va van voy muy más ya también
    """,
    "turkish": """
        ve veya ya da de ki ile için gibi kadar ama fakat ancak çünkü eğer ise mi mı mu mü ne neden niçin niye
        nasıl nerede nerde nereye nereden hangi hangisi kim kimi kime kimin kimden kaç kaça kaçta bu şu o bunu
        şunu onu bunun onun ona buna bunlar onlar ben sen biz siz beni seni bizi sizi bana sana bize size benim
        senin bizim sizin bir her çok en daha hiç değil var yok olan olarak oldu olduğu olur diye zaman
    """,
}
"""Language to its stop words, with accents: articles, pronouns, prepositions, conjunctions, auxiliaries."""

# One of these letters says little, even of a name: its pairs say more.
_LETTERS = map(chr, range(0x3041, 0x3097))
_ENDINGS = """
    です でした でしょう ます ました ません ましょう ている ています ていた という について から まで より ので のに
    では には とは にも でも とも する した して される られる ない ある あります いる います った って
"""
PARTICLES: FrozenSet[str] = frozenset(
    (*_LETTERS, *(word[at : at + 2] for word in _ENDINGS.split() for at in range(len(word) - 1)))
)
"""Particles and endings of Japanese, as letters and pairs of letters, which are read so under every setting."""

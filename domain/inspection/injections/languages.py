# ruff: noqa: RUF001 - other languages have letters that look like Latin ones
"""The same in other languages: forgetting rules, asking for secrets and prompts."""

from planfold.domain.inspection.injections.family import family
from planfold.domain.inspection.injections.hiding import HIDES_FROM_THE_USER
from planfold.domain.inspection.injections.overriding import OVERRIDES_EARLIER

_FORGET = (
    r"(?:ignorier\w{0,4}|vergiss|vergessen|missacht\w{0,3}|ignore[zr]?|oublie[zr]?|ignor[ae]\w{0,3}|ignorad|"
    r"olvid\w{1,4}|descart[ae]|dimentica\w{0,2}|ignora\w{0,3}|esque[çc]\w{1,3}|desconsider\w{1,3}|negeer|vergeet|"
    r"zignoruj|zapomnij|pomiń|unut|yok say|görmezden gel|glöm|ignorera|ignorer|glem|ignorujte?|zapomeň\w{0,2}|abaikan|"
    r"lupakan|игнорир\w{1,6}|забудь\w{0,2}|ігноруй\w{0,2}|αγνόησε|ξέχνα)"
)
_RULES = (
    r"(?:anweisung(?:en)?|instruktionen|befehle?|regeln|vorgaben|instructions|consignes|directives|règles|"
    r"instrucciones|indicaciones|reglas|órdenes|istruzioni|indicazioni|regole|instruções|regras|ordens|instructies|"
    r"opdrachten|regels|polece(?:nia|ń)|instrukcje|zasad[y]?|talimatlar\w{0,4}|kurallar\w{0,4}|instruktionerna|"
    r"regler(?:na)?|instrukser(?:ne)?|pokyny|instrukce|pravidla|instruksi|perintah|aturan|инструкци\w{1,3}|"
    r"указани\w{1,2}|команд\w{0,2}|правил\w{0,2}|інструкції|правила|οδηγίεσ|κανόνεσ)"
)
_EARLIER = (
    r"(?:vos|vostre|tuas|suas|sus|tus|eure|jouw|twoje|твои|ваши|свои|vorherigen?|bisherigen?|obigen?|vorangegangenen|"
    r"früheren|vorigen|précédent\w{0,2}|antérieure?s|ci-dessus|anterior(?:es)?|previas|prévias|de arriba|acima|"
    r"precedenti|di prima|sopra|tue|vorige|eerdere|bovenstaande|wcześniejsze|poprzednie|wszystkie|önceki|tidigare|"
    r"tidligere|předchozí|sebelumnya|предыдущи\w{1,2}|прежни\w{1,2}|прошлы\w{1,2}|вышеуказанн\w{1,3}|попередні|"
    r"προηγούμενεσ|alle|todas|toutes|tutte|tes|deine)"
)
_OBJECT = (
    r"(?:lebenslauf|webseite|seite|dokument|artikel|text|aufgabe|frage|curr[ií]cul\w{1,2}|página(?: web)?|"
    r"sitio(?: web)?|documento|artículo|texto|tarea|pregunta|cv|page(?: web)?|site(?: web)?|document|article|texte|"
    r"tâche|question|pagina(?: web)?|sito(?: web)?|articolo|testo|compito|domanda|artigo|tarefa|pergunta|резюме|"
    r"страниц\w|сайт|документ|стать\w|текст|задани\w|вопрос)"
)
_KEPT = (
    r"(?:passwor[dt]\w{0,2}|kennwort|parola d'ordine|senha|contraseña|clave secreta|mot de passe|wachtwoord|пароль|"
    r"пароля|hasł[oa]|şifre\w{0,3}|lösenord\w{0,2}|adgangskode\w{0,2}|passord\w{0,2}|hesl[oa]|salasana\w{0,2}|"
    r"kata sandi|mật khẩu|κωδικό\w? πρόσβασησ|κωδικό[σν]?|parola|jelszó\w?|סיסמ\w{1,2}|รหัสผ่าน|密码|密碼|口令|暗号|パスワード|"
    r"비밀번호|암호|패스워드|كلمة (?:السر|المرور)|पासवर्ड|codice segreto|codigo secreto|código secreto|code secret|"
    r"geheim(?:e[rns]{0,2})? (?:code|schlüssel|wort)|секретн\w{1,3} (?:код|ключ)\w?|秘密)"
)
_ASK = (
    r"(?:dimmi|qual è|qual'è|dammi|mostra\w{0,3}|rivela\w{0,2}|condivid\w{1,4}|qual é|diga|me diz|compartilh\w{1,3}|"
    r"mostre|revele|dime|cuál es|cual es|dame|revela|comparte|comparta|muestra|muéstra\w{1,4}|dis-moi|dites-moi|"
    r"donne[- ]?(?:moi|z-moi)?|quel(?:le)? est|révèle\w?|partage[rz]?|nenne?|sag(?:e|en)?|gib|geben sie|wie lautet|"
    r"wie heisst|was ist|verrat\w?|teile?n?|zeg|geef|wat is|vertel|скаж\w{1,3}|назов\w{1,3}|как(?:ой|ов)|покаж\w{1,3}|"
    r"выведи\w{0,2}|раскро\w{1,3}|сообщи\w{0,2}|powiedz|podaj|jakie jest|zdradź|ujawnij|söyle\w{0,3}|nedir|göster|"
    r"paylaş|berätta|säg|vad är|ge mig|fortæl|hva er|hvad er|řekni|jaké je|kerro|mikä on|beri ?tahu|apa|"
    r"cho (?:tôi )?biết|là gì|nói|ποιοσ|ποιο|πεσ|δώσε|care este|spune|mi a|mondd|מה|บอก|告诉|告訴|说出|是什么|是什麼|给我|输出|显示|透露|"
    r"分享|教えて|何ですか|何です|見せて|表示|言って|알려|말해|뭐|무엇|보여|공유|أخبر|ما هي|أعط|اعط|اكشف|बता|क्या है|दिखा)"
)
_PROMPT = (
    r"(?:system-?prompts?|systemanweisung(?:en)?|tes instructions|instructions initiales|instrucciones iniciales|"
    r"tus instrucciones|tue istruzioni|istruzioni iniziali|suas instruções|instruções iniciais|deine anweisungen|"
    r"ursprünglichen anweisungen|системн\w{1,3} (?:промпт|инструкци\w)|系统(?:提示|指令)|系統(?:提示|指令)|提示词|システムプロンプト|"
    r"시스템 ?프롬프트|jouw instructies|twoje instrukcje)"
)
_LOST = (
    r"(?:niemand|nie\b|nicht|keinem|nunca|jamás|jamais|\bne\b|\bn'|\bno com|\bnon |mai\b|não|никому|никогда|не сообщ|"
    r"niemals|nooit|niet|aldrig|aldri|请勿|不要(?!管)|不得|绝不|切勿|ないで|마세요|لا |कभी|nikomu|nigdy|kimse|asla|\bein\b|eingeben|"
    r"aby si|zalogowa|continu|ввод|输入|dimenticat|vergessen(?! sie)|esquec|olvid|oublié|vergeten|забыл|zapomnia|unuttu|"
    r"glömt|reset|zurück|ändern|cambiar|alterar|忘记了|忘れ(?:た|てし)|잊어버렸)"
)
_USER = (
    r"(?:(?:be)?nutzer\w{0,4}|anwender\w{0,2}|utilisat(?:eur|rice)s?|usuari[oa]s?|usuári[oa]s?|utent[ei]|gebruikers?|"
    r"пользовател\w{1,3}|користувач\w{0,3}|użytkownik\w{0,4}|kullanıcı\w{0,3}|användare\w{0,2}|bruge?re?\w{0,2}|"
    r"uživatel\w{0,3}|pengguna|用户|用戶|使用者|ユーザー?|利用者|사용자|المستخدم|उपयोगकर्ता)"
)
_UNTOLD = (
    r"(?:ne (?:le |la )?(?:dis|dites|parle[zr]?|informe[zr]?|préviens|prévenez|révèle[zr]?|mentionne[zr]?)|"
    r"n'en (?:parle[zr]?|informe[zr]?|dis|dites)|no (?:se )?(?:le |lo )?(?:digas?|cuentes?|cuente|informes?|avises?|"
    r"menciones?|reveles?|notifi\w{1,5})|non (?:dire|dirlo|dica|informare|avvisare|menzionare|rivelare|parlarne)|"
    r"não (?:conte|diga|informe|avise|mencione|revele|notifique)|не (?:говори\w{0,2}|сообщай\w{0,2}|"
    r"рассказывай\w{0,2}|упоминай\w{0,2}|уведомляй\w{0,2})|nie (?:mów|informuj|wspominaj|powiadamiaj|zdradzaj)\w{0,3}|"
    r"neříkej\w{0,2}|jangan (?:beri ?tahu|katakan))"
)
_TELL = (
    r"(?:sag(?:e|en sie|t)?|erzähl(?:e|en sie)?|verrat(?:e|en sie)?|zeg|vertel|informeer|berätta|säg|fortæl|fortell)"
)
_NOTHING = r"(?:nichts|nicht|kein wort|niets|niet|nooit|nie|inget|inte|ikke|intet)"
_UNTOLD_BEHIND = (
    r"(?:\w{0,6} (?:bundan |hiçbir şey )?(?:söyleme|bildirme|anlatma|haber verme)\w{0,3}|"
    r"には?(?:何も)?(?:言わ|伝え|知らせ|教え)(?:ず|ない)|(?:에게|한테)[^.]{0,8}(?:알리지|말하지|밝히지))"
)
_NEW_GOAL = (
    r"(?:(?:dein|ihr|euer) (?:neues|wahres|eigentliches|einziges) ziel|"
    r"(?:deine|ihre) (?:neue|wahre|eigentliche) aufgabe|(?:ton|votre) (?:nouve(?:l|au)|véritable|vrai|"
    r"seul) (?:objectif|but)|(?:ta|votre) (?:nouvelle|véritable|vraie) (?:tâche|mission)|"
    r"tu (?:nuevo|verdadero|único) objetivo|tu (?:nueva|verdadera|única) (?:tarea|misión)|"
    r"il tuo (?:nuovo|vero|unico) (?:obiettivo|scopo|compito)|(?:o )?(?:seu|teu) (?:novo|verdadeiro) obje(?:c)?tivo|"
    r"(?:a )?(?:sua|tua) (?:nova|verdadeira) (?:tarefa|missão)|je (?:nieuwe|echte) (?:doel|taak|opdracht)|"
    r"тво[яей]\w? (?:нов|настоящ|главн)\w{2} (?:цель|задача|задание)|"
    r"twoj(?:e|im|a|ym) (?:now|prawdziw)\w{1,3} (?:cel\w{0,3}|zadani\w{1,3})|yeni (?:hedefin|görevin|amacın)|"
    r"(?:din nya uppgift|ditt nya mål|din nye opgave|dit nye mål)) ?(?:ist|est|es|è|é|is|—|-|:|это|to|jest|är|"
    r"er)(?:,? (?:es|de|d'|om|:)?|'| )|(?:你|您)(?:现在)?的新?(?:的)?(?:真正)?(?:目标|任务|目標|任務)(?:现在)?(?:是|：|:)|"
    r"あなたの(?:新しい|本当の)(?:目標|目的|タスク|任務|仕事)は|(?:당신|너)의 (?:새로운?|진짜) (?:목표|임무|작업)[은는]|(?:هدفك|مهمتك) (?:الجديد|الآن)"
)
_AIM = (
    r"(?:ziel(?:e|s)?|auftrag|objectif|but de|objetivo|obiettivo|doel|opdracht|цел[ьи]|задач[уи]|cel(?:u)?|"
    r"hedef\w{0,2}|mål(?:et)?|cíl|tujuan)"
)

IN_OTHER_LANGUAGES = (
    family(
        OVERRIDES_EARLIER,
        "ignor|verg|missacht|oubli|olvid|descart|dimentic|esque|desconsider|negeer|zapom|pomi|unut|yok say|görmezden|"
        "glem|glöm|abai|lupa|игнор|забуд|ігнор|αγν|ξέχ|忽|无视|無視|忘|不要管|무시|잊|अनदेखी|भूल|تجاهل",
        rf"\b{_FORGET} (?:\w{{1,12}} ){{0,3}}?{_EARLIER} (?:\w{{1,12}} )?{_RULES}",
        rf"\b{_FORGET} (?:\w{{1,12}} ){{0,3}}?{_RULES} {_EARLIER}",
        rf"\b{_EARLIER} (?:\w{{1,12}} ){{0,2}}?{_RULES}[^.?!]{{0,20}}\b(?:zu )?{_FORGET}",
        r"\bignore as regras\b|забудь о правилах|\bигнорируй правила",
        rf"\b{_FORGET} (?:\w{{1,12}} ){{0,3}}?{_OBJECT}\b[^.?!]{{0,30}}(?: (?:y|et|und|e|en|и|i|og|och|a) |, )",
        r"(?:忽略|无视|無視|忘记|忘記|忘掉|忽视|不要管)[^。！？.!?]{0,10}(?:简历|簡歷|网页|網頁|文章|文档|内容|履歴書|ページ|文書)",
        r"(?:履歴書|ページ|文書|記事|이력서|웹 ?페이지|문서|기사)[をは을를]?[^。.]{0,6}(?:無視|무시)",
        r"(?:忽略|无视|無視|忘记|忘記|忘掉|忽视|不要管)[^。！？.!?]{0,12}(?:指令|指示|说明|提示|规则|規則|规定|規定)",
        r"(?:以前|これまで|上記|前|今まで)の[^。]{0,10}(?:指示|命令|指令|ルール)[^。]{0,6}(?:無視|忘れ)",
        r"(?:^|[。.!?'\" ])(?:無視して|忽略|无视)[、,，]",
        r"(?:이전|위의|앞의|지금까지)[^.]{0,10}(?:지시|명령|지침|규칙)[^.]{0,6}(?:무시|잊)|규칙[은을]? 잊어",
        r"(?:पिछले|पूर्व) निर्देशों [^।]{0,6}अनदेखी|नियम भूल",
        r"(?:و)?تجاهل (?:\w{1,12} ){0,3}(?:التعليمات|الأوامر|الإرشادات|القواعد)",
    ),
    family(
        "orders an act that no goal asked for",
        "instruido|instruid|istruito|angewiesen|beauftragt|l'instruction|l'ordre|opdracht|поручено|велено|指示|命令|지시|أمر",
        r"\b(?:se te ha|te han|has sido|hai sido) (?:instruido|ordenado|pedido)|\bsei stato istruito|"
        r"\bdu wurdest (?:angewiesen|beauftragt)|\b(?:tu as|vous avez) reçu l'(?:instruction|ordre)|"
        r"\bfoi[ -]?(?:te|lhe) instruíd[oa]|\bvocê foi instruíd[oa]|\bje hebt (?:de )?opdracht|"
        r"\b(?:тебе|вам) (?:поручено|велено|приказано)",
        r"(?:你|您)(?:已)?(?:被|收到)[^。]{0,4}(?:指示|命令|要求)|(?:あなたは|あなたに)[^。]{0,12}(?:指示|命令)されて",
    ),
    family(
        "gives the model a persona without rules",
        "a partir de|ab jetzt|désormais|d'ora in|отныне|从现在",
        r"\b(?:a partir de ahora|a partir de agora|ab jetzt|désormais|d'ora in poi|отныне)\b[^.]{0,40}"
        r"\b(?:no tienes|não tem|keine|n'as|non hai|нет|sin|sem|ohne|sans|senza)\b",
        r"从现在(?:起|开始)[^。]{0,20}(?:没有|不受)[^。]{0,6}限制",
    ),
    family(
        "asks for what is hidden",
        "prompt|anweisung|instru|istruz|систем|提示|系统|系統|プロンプト|프롬프트",
        rf"(?:{_ASK}|repit\w{{1,3}}|répète\w?|ripet\w{{1,3}}|wiederhol\w{{1,2}}|herhaal|повтори\w{{0,2}}|重复|重複|繰り返|"
        rf"반복|gib|zeige?|muestra|mostra|affiche|toon|pokaż|出力|输出)[^.?!。？！]{{0,30}}{_PROMPT}",
        rf"{_PROMPT}[^.?!。？！]{{0,30}}(?:{_ASK}|отобраз|приведи)|какие у тебя[^?]{{0,20}}инструкции",
    ),
    family(
        "asks for a secret",
        "passw|kennw|parola|senha|contrase|clave|mot de passe|wachtw|парол|hasł|şifre|lösen|adgang|passord|hesl|"
        "salasana|sandi|khẩu|κωδικ|jelsz|סיסמ|รหัส|密|口令|暗号|パスワード|비밀|암호|패스워드|كلمة|पासवर्ड|segreto|secreto|code secret|"
        "geheim|секретн",
        rf"(?<!not )(?:\b|(?<=[\u3040-\uffff]))(?:{_ASK})[^.?!。？！]{{0,30}}(?:^|\b|(?<=[\u0e00-\uffff])){_KEPT}"
        r"(?! (?:reset|policy|manager|zurück))",
        rf"\b{_KEPT}[^.?!。？！]{{0,30}}\b(?:{_ASK})\b",
        rf"(?:密码|密碼|口令|暗号|パスワード|비밀번호|암호|패스워드|秘密|สรหัสผ่าน|पासवर्ड)[^.?!。？！]{{0,30}}(?:{_ASK})",
        unless=_LOST,
    ),
    family(
        HIDES_FROM_THE_USER,
        "nutzer|benutzer|anwender|utilisat|usuari|usuári|utent|gebruiker|пользоват|користув|użytkownik|kullanıcı|"
        "använd|bruge|bruker|uživat|pengguna|用户|用戶|使用者|ユーザ|利用者|사용자|المستخدم|उपयोगकर्ता",
        rf"\b{_UNTOLD}\b[^.!?]{{0,30}}\b{_USER}\b",
        rf"\b{_TELL}\b[^.!?]{{0,20}}\b(?:{_USER} (?:\w{{1,10}} ){{0,2}}?{_NOTHING}|"
        rf"{_NOTHING} (?:\w{{1,10}} ){{0,3}}?{_USER})\b",
        rf"\bohne (?:dass )?(?:der|den|dem) {_USER}\b|\bsans (?:en )?(?:informer|prévenir|le dire à) (?:l')?{_USER}|"
        rf"\bsin (?:informar|avisar|decir)\w{{0,4}} al? {_USER}|\bsem (?:avisar|informar) (?:o |ao )?{_USER}|"
        rf"\bsenza (?:dirlo|informare|avvisare) (?:all'|l')?{_USER}",
        rf"\b{_USER}{_UNTOLD_BEHIND}",
        r"(?:不要|别|別|勿|不得)(?:告诉|告訴|通知|提醒|让|讓|向)(?:用户|用戶|使用者)|ユーザー?には?(?:何も)?(?:言わ|伝え|知らせ|教え)(?:ず|ない)|لا (?:تخبر|تقل|"
        r"تذكر|تعلم)\w{0,3} (?:\w{1,8} )?(?:ل)?(?:ال|لل)مستخدم|उपयोगकर्ता को[^।]{0,10}(?:मत|न) बता",
    ),
    family(
        "sets another goal than the user's",
        "ziel|aufgabe|auftrag|objecti|but |tâche|mission|objetivo|tarea|misión|obiettivo|scopo|compito|tarefa|missão|"
        "doel|taak|opdracht|цел|задач|задани|cel|celu|celem|zadani|hedef|görev|amac|uppgift|mål|opgave|cíl|tujuan|目标|"
        "任务|目標|任務|目的|タスク|仕事|목표|임무|작업|هدف|مهمت",
        rf"\b{_NEW_GOAL}|(?:你|您)(?:现在)?的新?(?:真正)?的?(?:目标|任务)(?:现在)?是",
        rf"\b{_FORGET} (?:\w{{1,12}} ){{0,3}}?{_AIM}(?! nicht| niet| nie)\b[^.!?]{{0,30}}(?:{_USER}|(?: (?:y|et|und|"
        r"e|en|и|i|og|och|a|ve) ))",
        r"(?:忽略|无视|無視)[^。！？.!?]{0,12}(?:目标|任务|目標|任務|请求)|(?:目標|目的|依頼)を[^。]{0,6}無視|(?:목표|요청)[을를]? 무시",
    ),
)

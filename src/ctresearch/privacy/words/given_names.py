"""Given names that are common somewhere in the world: the one hint that two capitalised words are a person.

A list can never be whole. It holds the names that many people bear, and leaves out those that are also words, places or
methods, unless the column says that it names people.
"""

from __future__ import annotations

_EUROPE = """
    adam adele adrian agnes agnieszka aisling alan alejandra alejandro aleksandr aleksandra alessandra alessandro alessia alex
    alexander alexandra alexandre alexandru alfredo alice alicia alina alison ana anastasia andrea andreas andreea andrei andrew
    andrey andrzej anette angela angelika anita anja ann anna anne annika anthony antoine antonella antonia antonio arkadiusz
    arthur artur astrid barbara bartosz beata beatrice beatriz benjamin bernadette bernd bianca birgit bogdan boris brian brigitte
    bruno camila camille carla carlos carmen carmela caroline catarina caterina catherine cecilia celine chiara chloe christian
    christina christine christophe christopher claire clara claudia claudio clement colin cornelia cristian cristina dagmar dan
    daniel daniela danielle danuta dariusz david deborah denis diana diego dieter dimitra dimitri dmitri dmitry dominik dominique
    donna dorota edith edward ekaterina elena eleni eleonora elisa elisabeth elizabeth ella ellen emanuela emil emilia emily emma
    enrico enrique eric erik erika esteban eugenia eva evelyn fabian fabio federica federico felipe fernanda fernando filip filippo
    fiona francesca francesco francisca francisco francois franziska frederic gabriel gabriela gabriele galina geoffrey gerald
    gerard gerhard gheorghe giacomo gianluca gianni giorgia giorgio giovanna giovanni giulia giuseppe gloria goran graham greta
    guillaume gunter gustavo hanna hannah hans harald heike heinrich helen helena helene helga henrik henry hugo ian ignacio igor
    ilaria ilona ines inga ingrid ioana irena irene irina isabel isabella isabelle ivan ivana iwona jacqueline jacques jakub
    james jan jana jane janet janina javier jean jennifer jeremy jessica joan joana joanna joao joaquin johan johann johannes john
    jonas jonathan jorge jose josef joseph juan judith julia julian juliana julie julien jurgen justyna kamil karen karin karina
    karl karolina katarina katarzyna katerina kateryna katharina katherine kathleen katja kevin klaus konstantin kristina krzysztof
    ksenia larisa lars laszlo laura laurent leonardo leticia liam lidia linda lisa lorena lorenzo luca lucas lucia luciana lucie
    ludmila luis luisa lukas lukasz lyudmila magdalena maksim malgorzata manfred manuel manuela marcel marcin marco marek
    margaret margarita maria mariana marianne marie marija mario marina marion marius mariusz marta martina mateo mateusz matteo
    matthew matthias maurizio maxime mercedes michael michal michel michele michelle miguel mihai mikhail milena milica
    mirela miroslav monica monika monique nadezhda nadia nadine natalia natalie natasha nathalie nicholas nicola nicolae nicolas
    nicole nikola nikolai nina norbert oksana oleg olena olga olha oliver olivia olivier oscar oskar pablo paola paolo patricia
    patrick patrizia patryk paul paula paulina pauline pawel pedro peter petra philip philippe pierre pilar piotr raluca raquel
    rachel rafael rainer ramona rebecca regina renata renate ricardo riccardo richard rita robert roberta roberto rodrigo roger
    roland romain rosa rosalia rosario rosemary roxana ruslan ruth ryszard sabine sabrina samantha samuel sandra sandrine
    sara sarah sebastian sebastien sergei sergey sergio serhiy silvia simona simone siobhan slawomir snezana sonia sophia
    sophie soren stefan stefania stefano stephanie stephen steven susan susanne svetlana sylvia sylvie szymon tamara tanja tatiana
    tatjana teresa tetyana theresa thierry thomas thorsten timothy tomas tomasz tommaso ulrich ulrike ursula valentin valentina
    valeria valerie vanessa vasile vera veronica veronika vesna viktor viktoria vincent vincenzo viorel vitaly vittorio
    vladimir volodymyr walter wanda werner wiktoria wojciech wolfgang xavier yana yulia yuri yves yvonne zbigniew zoe zoltan zuzana
    ştefan josé maría ángel andrés sofía lucía jesús álvaro íñigo inês joão antónio françois françoise rené renée éric hélène
    stéphane jürgen günter björn søren łukasz paweł michał małgorzata
"""
_AFRICA = """
    abdoulaye abdu abebe abena abimbola adama adaeze adebayo adewale adesuwa adjoa adwoa afia ahmadou aicha aissatou akosua akua
    alemayehu alhaji ama amadou amara amina aminata amogelang anthonia asmara awa ayodele ayomide ayanda babatunde bamidele bintou
    binta boubacar bukola chiamaka chidi chidinma chika chimamanda chinedu chinenye chinonso chioma chukwuemeka dembe desta
    ebele efosa efua eghosa ejiro ekene ekaette emeka eniola esi fatima fatimah fatma fatou fatoumata femi folake funke funmilayo
    getachew girma habiba habtamu hadiza haile halima hamidou hawa hiwot ibrahima idrissa ifeoma ifeanyi ikechukwu imani
    isioma issa iyabo jabu kebede kelechi khady kofi kojo kwabena kwaku kwame kwesi lerato lindiwe lungile makena mamadou mamadu
    mariam mariama mehari meron moussa mpho muthoni naledi nana ndeye ngozi nkechi nkosazana nneka nnenna nomsa nomvula nthabiseng
    ndidi nyambura nyasha nyokabi obinna oluchi olumide oluwaseun omari onyeka osagie osaro osas oumar ousmane rahel rukia
    sade salimata sekou selam senait seydou sibongile simba siphiwe sipho souleymane tadesse tafari tariro temitope tendai
    tesfaye thabo thandeka thandiwe titilayo tsegaye uche uchenna uzoma wambui wangari wanjiku yaa yaw yemi yetunde yewande
    yohannes yusuf zanele zawadi zodwa
"""
_WEST_AND_SOUTH_ASIA = """
    aaliyah abbas abdallah abdel abdelkader abdi abdirahman abdul abdulaziz abdullah abdurrahman abhishek aditi aditya ahmad ahmed
    aisha aishah ajay akash ali aliya alireza amal amir amira amit anand ananya anil anjali ankit anita anwar arash arjun arun
    asha ashok ashraf asif asma ayesha aynur ayse azadeh aziza babak bashir bibek bilal bimala burak bushra cem deepa deepak
    deepika dilara dilnoza dilshod dina dinara dinesh divya ebru ehsan elif emre esra fahad faisal farah farhad farida farzana
    fariha fatemeh fateme ganesh gita gulnara gulsum habib hadi hakan hamid hamza hana harish haruna hasan hassan hassaan hatice
    hossein hussain hussein hussam hafiza ibrahim ilham iman imran iqbal ismail jahanara jamal jamila javed jyoti kabir kamal kamala
    karim karima kavita khadija khaled khalid khalida kiran krishna kumari lakshmi laila latifa layla leila leyla mahdi mahmoud
    mahmud malika manish manoj marwa maryam masood meena meera mehdi mehmet mohamad mohamed mohammad mohammed mohan mohsen mukesh
    muhammad mustafa nabila nadeem nargis nasir nasrin naveed nazanin nazma neha nesrin nigora nilufar nisha noura nurul
    omar omid osman parvin parveen pooja prakash pradeep pramila prasad priya puja rabia rahim rahul rajesh rajiv raju rakesh
    ramesh rania rashid ravi razia rekha reza ritu rohit roya rubina rukhsana sabina sadia saeed safia sahar said saima sakina
    salim salma samir samira sana sandeep sangita sanjay santosh sara seyed shabnam shahid shakil shamima shanti sharmin shirin
    shreya sima sita sumaiya sunil sunita suresh sushila syed tahira tariq usha usman uzma vijay vikram vinod waleed yasmin yasmine
    yasir yousef youssef zahra zainab zarina zeynep zohra zubaida
"""
_EAST_ASIA = """
    achara akira anong aung ayu bao budi chanthou chaiwat chao-xing dao dewi diem dung duong eun-ji fitri giang hai-yen haruki
    haruto hiroshi hoang huong hyejin indah jian jiho jihye jisoo jiwoo joko keiko kenji kim-anh kyaw linh lestari
    mai-linh megumi minh minjun myint naoko naw ngoc nguyen nhung ngan nongnuch oanh ohnmar phuong putri quang quynh rizky
    rosnah sakura sari seo-yeon siti sokha somchai somsak sopheap sophea sreymom srey sreyneang sumalee sunisa supaporn takashi
    thanh thao thi thida thuy trang trinh tuan tuyet veasna wahyu wayan wichai xiaoming xiaohong xiaoli xin-yi yan-ling yoko yuki yuko
    yumi zaw analyn arnel jomar jocelyn marites marilou maricel rodel rosalie rowena jericho imelda corazon
"""
_AMERICAS = """
    amanda amy ashley beverly bradley brandon brittany carol carolyn charles cheryl courtney cynthia dakarai debra
    dennis diane donald dorothy douglas edwin estefania evangelina fabiana gary gilberto guadalupe guilherme heather heriberto
    itzel jacob janice jason jeffrey jerry jhon joshua joyce justin kathryn kayla kelly kenneth kimberly larry leidy luz luiza
    marisol mayra megan melissa nancy nayeli pamela rhonda ronald ryan scott shannon sharon shirley tammy thiago tiffany tyler
    ubaldo vicente wendy xiomara ximena yadira yesenia yuliana yamileth
"""
_OTHER_SCRIPTS = """
    мария иван петр пётр анна ольга елена наталья наталия татьяна ирина екатерина анастасия светлана александр сергей дмитрий
    андрей алексей владимир михаил николай юлия марина людмила галина виктор олег игорь оксана катерина олена тетяна
    محمد احمد أحمد علي فاطمة عائشة مريم حسن حسين خالد عبدالله عبد نور زينب خديجة يوسف ابراهيم إبراهيم عمر مصطفى سارة ليلى
    μαρία ελένη γιώργος γεώργιος δημήτρης κωνσταντίνος ნინო გიორგი मोहम्मद राम सीता सुनीता प्रिया राजेश
"""
_ALSO_WORDS = """
    abu albert amber amadi angel april august autumn beauty bill blessing carlo chad charity charlotte christian comfort constance dawn
    crystal destiny eden ernest esther eve faith favour fidel flora florence frank friday gift glory god godwin good goodness grace grant
    milan sofia virginia
    happiness happy harmony hope iris ivy jack jasmine jade jordan joy june lily love loveth lucky mark martin marvellous mary
    max may mercy miracle mohan monday nelson patience peace pearl peter pleasure precious princess promise prosper prudence
    queen rose ruby sandy sierra sky stella success summer sunday sunny tina tom victor victoria violet will winner wisdom
"""
GIVEN_NAMES = frozenset((_EUROPE + _AFRICA + _WEST_AND_SOUTH_ASIA + _EAST_ASIA + _AMERICAS + _OTHER_SCRIPTS).split())
NAMES_THAT_ARE_WORDS = frozenset(_ALSO_WORDS.split())
CHINESE_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆范汪廖石金韦贾夏付方邹熊孟秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向常张劉陳楊黃趙吳馬"
)

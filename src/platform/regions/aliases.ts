/** Short name of each province, with what else it is called: ISO 3166-2 letters, pinyin and English names. All in lower case. */
export const PROVINCE_NAMES: Readonly<Record<string, readonly string[]>> = {
  北京: ['bj', 'beijing', 'peking'],
  天津: ['tj', 'tianjin'],
  河北: ['he', 'hebei'],
  山西: ['sx', 'shanxi'],
  内蒙古: ['nm', '内蒙', 'nei mongol', 'neimenggu', 'nei menggu', 'inner mongolia', 'neimongol'],
  辽宁: ['ln', 'liaoning'],
  吉林: ['jl', 'jilin'],
  黑龙江: ['hl', 'heilongjiang'],
  上海: ['sh', 'shanghai'],
  江苏: ['js', 'jiangsu'],
  浙江: ['zj', 'zhejiang'],
  安徽: ['ah', 'anhui'],
  福建: ['fj', 'fujian'],
  江西: ['jx', 'jiangxi'],
  山东: ['sd', 'shandong'],
  河南: ['ha', 'henan'],
  湖北: ['hb', 'hubei'],
  湖南: ['hn', 'hunan'],
  广东: ['gd', 'guangdong', 'canton'],
  广西: ['gx', '广西壮族', 'guangxi', 'guangxi zhuang', 'guangxi zhuangzu'],
  海南: ['hi', 'hainan'],
  重庆: ['cq', 'chongqing'],
  四川: ['sc', 'sichuan', 'szechwan'],
  贵州: ['gz', 'guizhou'],
  云南: ['yn', 'yunnan'],
  西藏: ['xz', '西藏藏族', 'xizang', 'tibet'],
  陕西: ['sn', 'shaanxi'],
  甘肃: ['gs', 'gansu'],
  青海: ['qh', 'qinghai'],
  宁夏: ['nx', '宁夏回族', 'ningxia', 'ningxia hui', 'ningxia huizu'],
  新疆: [
    'xj',
    '新疆维吾尔',
    '新疆维吾尔族',
    '新疆生产建设兵团',
    '新疆兵团',
    'xinjiang',
    'xinjiang uyghur',
    'xinjiang uygur',
    'xinjiang weiwuer',
  ],
  台湾: ['tw', 'taiwan'],
  香港: ['hk', 'hong kong', 'hongkong', 'xianggang'],
  澳门: ['mo', 'macau', 'macao', 'aomen'],
}

/** Pinyin of the cities that shops abroad most often send in letters: seats of provinces and the largest others. */
export const CITY_LETTERS: Readonly<Record<string, string>> = {
  beijing: '北京市',
  shanghai: '上海市',
  tianjin: '天津市',
  chongqing: '重庆市',
  shijiazhuang: '石家庄市',
  tangshan: '唐山市',
  taiyuan: '太原市',
  hohhot: '呼和浩特市',
  huhehaote: '呼和浩特市',
  shenyang: '沈阳市',
  dalian: '大连市',
  changchun: '长春市',
  harbin: '哈尔滨市',
  haerbin: '哈尔滨市',
  nanjing: '南京市',
  wuxi: '无锡市',
  xuzhou: '徐州市',
  changzhou: '常州市',
  nantong: '南通市',
  yangzhou: '扬州市',
  hangzhou: '杭州市',
  ningbo: '宁波市',
  wenzhou: '温州市',
  jiaxing: '嘉兴市',
  shaoxing: '绍兴市',
  jinhua: '金华市',
  hefei: '合肥市',
  wuhu: '芜湖市',
  xiamen: '厦门市',
  quanzhou: '泉州市',
  nanchang: '南昌市',
  jinan: '济南市',
  qingdao: '青岛市',
  yantai: '烟台市',
  weifang: '潍坊市',
  zhengzhou: '郑州市',
  luoyang: '洛阳市',
  wuhan: '武汉市',
  yichang: '宜昌市',
  changsha: '长沙市',
  guangzhou: '广州市',
  shenzhen: '深圳市',
  zhuhai: '珠海市',
  shantou: '汕头市',
  foshan: '佛山市',
  dongguan: '东莞市',
  zhongshan: '中山市',
  huizhou: '惠州市',
  nanning: '南宁市',
  guilin: '桂林市',
  haikou: '海口市',
  sanya: '三亚市',
  chengdu: '成都市',
  mianyang: '绵阳市',
  guiyang: '贵阳市',
  kunming: '昆明市',
  lhasa: '拉萨市',
  lasa: '拉萨市',
  lanzhou: '兰州市',
  xining: '西宁市',
  yinchuan: '银川市',
  urumqi: '乌鲁木齐市',
  wulumuqi: '乌鲁木齐市',
}

/** What stands in a city field where there is no city: between a province and its districts. */
export const NO_CITY: ReadonlySet<string> = new Set([
  '市辖区',
  '县',
  '省直辖县级行政区划',
  '自治区直辖县级行政区划',
  '省直辖县级行政单位',
  '自治区直辖县级行政单位',
  '直辖县级行政单位',
  '省直辖县',
  '省直辖',
  '直辖县',
  '直辖县级',
  '直辖县级行政区划',
])

// Pairs of a traditional and a simplified character, as names of places and the words around them use them.
const PAIRS =
  '東东廣广蘇苏遼辽寧宁龍龙內内臺台灣湾雲云貴贵陝陕肅肃慶庆連连鄭郑濟济瀋沈陽阳陰阴漢汉長长馬马黃黄煙烟濰潍萊莱棗枣莊庄營营濱滨澤泽' +
  '開开關关鐵铁嶺岭圖图們们齊齐爾尔雞鸡鶴鹤崗岗雙双鴨鸭錦锦興兴蘆芦島岛門门廈厦巖岩華华縣县區区鄉乡鎮镇義义烏乌麗丽溫温紹绍蕪芜銅铜' +
  '懷怀贛赣鷹鹰撫抚饒饶鄖郧荊荆岡冈鹹咸隨随潛潜張张婁娄賀贺賓宾欽钦瓊琼萬万瀘泸綿绵樂乐達达資资涼凉畢毕節节臨临滄沧紅红納纳薩萨則则' +
  '寶宝蘭兰隴陇樹树銀银吳吴衛卫魯鲁瑪玛維维壯壮號号樓楼單单園园廠厂學学醫医業业衝冲裡里彎弯橋桥趙赵楊杨劉刘陳陈羅罗順顺潯浔鳳凤滙汇' +
  '匯汇豐丰顯显場场灘滩澗涧滬沪壩坝閘闸閔闵靜静嶗崂墊垫膠胶蓮莲嶽岳鹽盐沖冲穎颖潁颍淩凌蕭萧諸诸餘余蕩荡縉缙歷历塗涂壽寿鄒邹鄲郸滿满' +
  '寬宽遷迁灤滦圍围輝辉盧卢觀观項项鄧邓湯汤師师鞏巩欒栾聞闻絳绛晉晋應应堯尧離离嵐岚瀏浏漣涟漵溆禮礼藍蓝遠远從从鬥斗鬱郁陸陆蒼苍勝胜' +
  '靈灵憑凭閬阆劍剑閣阁儀仪簡简滎荥經经榮荣彌弥臘腊騰腾尋寻祿禄勸劝麥麦積积環环爐炉綏绥樺桦訥讷遜逊蘿萝賁贲僑侨灃沣涇泾閩闽蘊蕴壢坜' +
  '鶯莺鳥鸟後后頭头員员將将軍军'
const SIMPLE = readPairs()

/** Traditional characters of place names as simplified ones, one for one: positions in the text stay. */
export function simplified(text: string): string {
  let out = ''
  for (const char of text) out += SIMPLE.get(char) ?? char
  return out
}

function readPairs(): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  const chars = [...PAIRS]
  for (let index = 0; index + 1 < chars.length; index += 2) {
    const [from = '', to = ''] = [chars[index], chars[index + 1]]
    if (from !== to) pairs.set(from, to)
  }
  return pairs
}

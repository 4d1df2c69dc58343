/** Autonomous prefectures as people call them; the rest of the name is the nations that live there. */
export const SHORT_STATES: Readonly<Record<string, string>> = {
  延边朝鲜族自治州: '延边',
  恩施土家族苗族自治州: '恩施',
  湘西土家族苗族自治州: '湘西',
  阿坝藏族羌族自治州: '阿坝',
  甘孜藏族自治州: '甘孜',
  凉山彝族自治州: '凉山',
  黔西南布依族苗族自治州: '黔西南',
  黔东南苗族侗族自治州: '黔东南',
  黔南布依族苗族自治州: '黔南',
  楚雄彝族自治州: '楚雄',
  红河哈尼族彝族自治州: '红河',
  文山壮族苗族自治州: '文山',
  西双版纳傣族自治州: '西双版纳',
  大理白族自治州: '大理',
  德宏傣族景颇族自治州: '德宏',
  怒江傈僳族自治州: '怒江',
  迪庆藏族自治州: '迪庆',
  临夏回族自治州: '临夏',
  甘南藏族自治州: '甘南',
  海北藏族自治州: '海北',
  黄南藏族自治州: '黄南',
  海南藏族自治州: '海南',
  果洛藏族自治州: '果洛',
  玉树藏族自治州: '玉树',
  海西蒙古族藏族自治州: '海西',
  昌吉回族自治州: '昌吉',
  博尔塔拉蒙古自治州: '博尔塔拉',
  巴音郭楞蒙古自治州: '巴音郭楞',
  克孜勒苏柯尔克孜自治州: '克孜勒苏',
  伊犁哈萨克自治州: '伊犁',
}

/** `内蒙古自治区` to `内蒙古`, `浙江省` to `浙江`; what is short already stays. */
export function shortProvince(name: string): string {
  return name
    .trim()
    .replace(/(维吾尔|壮族|回族)?自治区$/, '')
    .replace(/(特别行政区|省|市)$/, '')
}

/** `杭州市` to `杭州`, `凉山彝族自治州` to `凉山`: how prefectures are matched, since people leave the rest out. */
export function shortCity(name: string): string {
  const text = name.trim()
  if (text.endsWith('自治州')) return SHORT_STATES[text] ?? text
  return text.length > 2 ? text.replace(/(市|地区|盟|林区|县)$/, '') : text
}

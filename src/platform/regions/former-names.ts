/** Prefectures that were renamed; people and old address books go on with the former name. */
export const FORMER_CITIES: Readonly<Record<string, readonly string[]>> = {
  襄阳市: ['襄樊市'],
  普洱市: ['思茅市', '思茅地区'],
}

/**
 * Districts that took in others or took another name, by prefecture: the former name to the present one. Where only the sort changed
 * (`双流县`, now 双流区) no row is needed. One that was shared out among several is not here: nothing is guessed.
 */
export const FORMER_DISTRICTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  北京市: { 崇文区: '东城区', 宣武区: '西城区' },
  天津市: {
    蓟县: '蓟州区',
    塘沽区: '滨海新区',
    汉沽区: '滨海新区',
    大港区: '滨海新区',
    静海县: '静海区',
  },
  上海市: { 闸北区: '静安区', 卢湾区: '黄浦区', 南市区: '黄浦区', 南汇区: '浦东新区', 崇明县: '崇明区' },
  重庆市: { 万县市: '万州区', 万盛区: '綦江区', 双桥区: '大足区' },
  济南市: { 莱城区: '莱芜区' },
  青岛市: { 胶南市: '黄岛区', 四方区: '市北区' },
  南京市: { 下关区: '鼓楼区', 白下区: '秦淮区' },
  苏州市: { 平江区: '姑苏区', 沧浪区: '姑苏区', 金阊区: '姑苏区' },
  淮安市: { 楚州区: '淮安区', 淮阴县: '淮阴区' },
  杭州市: { 下城区: '拱墅区', 江干区: '上城区' },
  宁波市: { 江东区: '鄞州区' },
  三明市: { 梅列区: '三元区', 沙县: '沙县区' },
  九江市: { 九江县: '柴桑区' },
  广州市: { 萝岗区: '黄埔区', 东山区: '越秀区', 芳村区: '荔湾区' },
  成都市: { 郫县: '郫都区' },
  乌鲁木齐市: { 米泉市: '米东区', 东山区: '米东区' },
  咸阳市: { 杨凌示范区: '杨陵区', 杨凌区: '杨陵区' },
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { kmBetween } from './distance.ts'
import { parseAddress } from './parse-address.ts'
import { regions } from './region-data.ts'
import { normaliseShipTo, regionsIn } from './regions.ts'
import { isRemote, regionClassOf } from './remote.ts'
import { ADDRESSES } from './testing/addresses.ts'

test('addresses are read as they are meant', () => {
  assert.ok(ADDRESSES.length >= 120)
  const read = ADDRESSES.map(([text]) => {
    const { province, city, district, rest } = parseAddress(text)
    return [text, `${province} ${city} ${district}`, rest]
  })
  assert.deepEqual(read, ADDRESSES)
})

test('every county of the data is found by its whole name, and never mistaken for another', () => {
  for (const province of regions().provinces)
    for (const city of province.cities)
      for (const district of city.districts) {
        const read = parseAddress(`${province.name}${city.name}${district.name}`)
        assert.deepEqual(
          [read.province, read.city, read.district, read.rest],
          [province.short, city.name, district.name, ''],
        )
      }
})

test('short forms of province and city lead to the same place; 新竹 and 嘉义 are a city and a county each', () => {
  for (const province of regions().provinces)
    for (const city of province.cities) {
      const read = normaliseShipTo({
        country: 'CN',
        province: province.short,
        city: city.short,
        district: '',
        address: '',
      })
      const isOne = province.cities.filter((one) => one.short === city.short).length === 1
      assert.deepEqual([read.province, read.city], [province.short, isOne ? city.name : ''])
    }
})

const place = (country: string, province: string, city = '', district = '', address = '') => {
  const to = normaliseShipTo({ country, province, city, district, address })
  return `${to.country} ${to.province} ${to.city} ${to.district}`
}

test('fields: long, short, foreign and misplaced parts', () => {
  const cases: readonly (readonly [string, string])[] = [
    [place('CN', '浙江省', '杭州市', '西湖区'), 'CN 浙江 杭州市 西湖区'],
    [place('中国', '浙江', '杭州', '西湖'), 'CN 浙江 杭州市 西湖区'],
    [place('China', 'Zhejiang', 'Hangzhou'), 'CN 浙江 杭州市 '],
    [place('CN', 'Zhejiang Province', 'Hangzhou City'), 'CN 浙江 杭州市 '],
    [place('CN', 'CN-GD', 'Shenzhen'), 'CN 广东 深圳市 '],
    [place('CN', 'Inner Mongolia Autonomous Region', ''), 'CN 内蒙古  '],
    [place('CN', 'Shaanxi', "Xi'an"), 'CN 陕西  '],
    [place('CN', 'Tibet', 'Lhasa'), 'CN 西藏 拉萨市 '],
    [place('CN', '广西壮族', '南宁', '青秀'), 'CN 广西 南宁市 青秀区'],
    [place('CN', '內蒙古自治區', '呼和浩特市'), 'CN 内蒙古 呼和浩特市 '],
    [place('CN', '北京市', '市辖区', '朝阳区'), 'CN 北京 北京市 朝阳区'],
    [place('CN', '北京市', '朝阳区'), 'CN 北京 北京市 朝阳区'],
    [place('CN', '北京', '北京市', '朝阳'), 'CN 北京 北京市 朝阳区'],
    [place('CN', '上海'), 'CN 上海 上海市 '],
    [place('CN', '重庆市', '县', '忠县'), 'CN 重庆 重庆市 忠县'],
    [place('CN', '江苏省', '昆山市', '玉山镇'), 'CN 江苏 苏州市 昆山市'],
    [place('CN', '海南省', '省直辖县级行政区划', '琼海市'), 'CN 海南 琼海市 '],
    [place('CN', '新疆维吾尔自治区', '自治区直辖县级行政区划', '石河子市'), 'CN 新疆 石河子市 '],
    [place('CN', '', '杭州市', '西湖区'), 'CN 浙江 杭州市 西湖区'],
    [place('CN', '广东省深圳市', '', '南山区'), 'CN 广东 深圳市 南山区'],
    [place('CN', '', '', '', '浙江省杭州市余杭区文一西路969号'), 'CN 浙江 杭州市 余杭区'],
    [place('CN', '浙江省', '', '', '杭州市余杭区文一西路'), 'CN 浙江 杭州市 余杭区'],
    [place('CN', '浙江省', '', '', '文一西路'), 'CN 浙江  '],
    [place('', '浙江省'), 'CN 浙江  '],
    [place('HK', '', '九龍'), 'CN 香港 九龙 '],
    [place('Taiwan', '', '台北市'), 'CN 台湾 台北市 '],
    [place('US', 'California', 'Los Angeles'), 'US California Los Angeles '],
    [place('us', 'CA'), 'US CA  '],
    [place('', ''), '   '],
  ]
  for (const [got, expected] of cases) assert.equal(got, expected)
})

test('what contradicts itself is nowhere: neither part is believed', () => {
  assert.equal(place('CN', '浙江', '广州市'), 'CN   ')
  assert.equal(place('CN', '浙江', '广州市', '', '浙江省杭州市'), 'CN   ')
  assert.equal(place('CN', '浙江', '杭州市', '天河区'), 'CN 浙江 杭州市 ')
  assert.equal(place('CN', '浙江', '', '', '广东省广州市天河区'), 'CN 浙江  ')
})

test('any text is read without a fault, and what is left is its end', () => {
  const piece = fc.constantFrom(
    '浙江',
    '省',
    '市',
    '杭州',
    '吉林',
    '朝阳',
    '区',
    '县',
    '海南',
    '州',
    ' ',
    '路',
    '直辖',
    '中国',
    'a',
    '重庆',
    '昆山',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      const read = parseAddress(text)
      assert.ok(text.trim().endsWith(read.rest))
      if (read.district !== '') assert.notEqual(read.city, '')
      if (read.city !== '') assert.notEqual(read.province, '')
    }),
  )
})

test('provinces, cities and districts are listed by code', () => {
  assert.equal(regionsIn(null)?.length, 34)
  assert.deepEqual(
    regionsIn('11')?.map((one) => one.name),
    ['北京市'],
  )
  assert.equal(regionsIn('nowhere'), null)
  assert.deepEqual(regionsIn('330106'), [])
})

test('remote by the closest entry of the list; where nobody knows the province, nobody knows that either', () => {
  const to = (province: string, city = '', district = '', country = 'CN') => ({
    country,
    province,
    city,
    district,
  })
  assert.deepEqual(
    [to('新疆'), to('浙江'), to('香港'), to(''), to('California', '', '', 'US')].map((one) =>
      regionClassOf(one),
    ),
    ['remote', 'mainland', 'hmt', null, 'abroad'],
  )
  assert.deepEqual(
    [isRemote(to('西藏')), isRemote(to('浙江')), isRemote(to('台湾')), isRemote(to(''))],
    [true, false, false, null],
  )
  const areas = [
    { province: '海南', city: '', district: '', areaClass: 'remote' },
    { province: '海南', city: '海口市', district: '', areaClass: 'mainland' },
    { province: '海南', city: '海口市', district: '美兰区', areaClass: 'remote' },
  ] as const
  assert.deepEqual(
    [to('海南'), to('海南', '海口市'), to('海南', '海口市', '美兰区')].map((one) =>
      regionClassOf(one, areas),
    ),
    ['remote', 'mainland', 'remote'],
  )
})

test('distances: about as far as maps say, the same both ways, unknown where a province is', () => {
  const near = (a: string, b: string, km: number) => {
    const [from, to] = [a, b].map((text) => {
      const [province = '', city = ''] = text.split(' ')
      return { province, city }
    })
    assert(from !== undefined && to !== undefined)
    const got = kmBetween(from, to)
    assert.ok(
      got !== null && Math.abs(got - km) <= Math.max(15, km * 0.03),
      `${a} to ${b}: ${got}, not ${km}`,
    )
    assert.equal(kmBetween(to, from), got)
  }
  // As the crow flies between the city centres.
  near('北京 北京市', '上海 上海市', 1_068)
  near('广东 广州市', '广东 深圳市', 104)
  near('浙江省 杭州', '上海市 上海', 165)
  near('新疆 喀什地区', '黑龙江 哈尔滨市', 4_030)
  near('四川 成都市', '西藏自治区 拉萨市', 1_255)
  assert.equal(kmBetween({ province: '浙江', city: '杭州市' }, { province: '浙江', city: '杭州' }), 0)
  assert.equal(kmBetween({ province: '浙江', city: '火星' }, { province: '浙江', city: '杭州市' }), 0)
  assert.equal(kmBetween({ province: '', city: '' }, { province: '浙江', city: '杭州市' }), null)
})

test('every city of the data has its place on the map', () => {
  for (const province of regions().provinces)
    for (const city of province.cities) {
      if (['香港', '澳门'].includes(province.short)) continue
      const capital = province.cities[0]?.name ?? ''
      const km = kmBetween(
        { province: province.short, city: city.name },
        { province: province.short, city: capital },
      )
      assert.ok(km !== null && (city.name === capital || km > 0 || ['新北市'].includes(city.name)), city.name)
    }
})

test('former names of counties and cities are read; what was shared out is not guessed', () => {
  const read = (address: string): string => {
    const to = normaliseShipTo({ country: 'CN', province: '', city: '', district: '', address })
    return [to.province, to.city, to.district].join(' ')
  }
  for (const [address, expected] of [
    ['上海闸北区共和新路', '上海 上海市 静安区'],
    ['北京市崇文区', '北京 北京市 东城区'],
    ['杭州市下城区文晖路', '浙江 杭州市 拱墅区'],
    ['江苏省常州市武进县', '江苏 常州市 武进区'],
    ['山东省莱芜市莱城区', '山东 济南市 莱芜区'],
    ['山东省济南市章丘市', '山东 济南市 章丘区'],
    ['四川省成都市郫县', '四川 成都市 郫都区'],
    ['成都市双流县', '四川 成都市 双流区'],
    ['湖北省襄樊市樊城区', '湖北 襄阳市 樊城区'],
    ['云南省思茅市', '云南 普洱市 '],
    ['湖南省望城县', '湖南 长沙市 望城区'],
    ['江西省九江县', '江西 九江市 柴桑区'],
    ['四川省甘孜藏族自治州康定县', '四川 甘孜藏族自治州 康定市'],
    ['云南省迪庆藏族自治州香格里拉县', '云南 迪庆藏族自治州 香格里拉市'],
    ['新疆乌鲁木齐市米泉市', '新疆 乌鲁木齐市 米东区'],
    ['新疆维吾尔自治区直辖县级行政单位阿拉尔市', '新疆 阿拉尔市 '],
    ['新疆生产建设兵团第八师石河子市', '新疆 石河子市 '],
    ['浙江省宁波市江东区', '浙江 宁波市 鄞州区'],
    // Both are there today.
    ['新疆伊犁哈萨克自治州伊宁县', '新疆 伊犁哈萨克自治州 伊宁县'],
    ['湖南省长沙市长沙县', '湖南 长沙市 长沙县'],
    // Shared out among its neighbours.
    ['河北省石家庄市桥东区', '河北 石家庄市 '],
  ] as const)
    assert.equal(read(address), expected, address)
  const fields = { country: 'CN', province: '江苏', city: '苏州', district: '吴江市', address: '' }
  assert.equal(normaliseShipTo(fields).district, '吴江区')
})

import type { SourceScore, SourceWeights } from '#domain/fulfilment.ts'
import type { Words } from '#domain/notice.ts'

export const WAITS_WORDS: Words = {
  zh: '赠品暂时缺货，等到货再发；主商品先走',
  en: 'the gift is out of stock and waits; the main product leaves before it',
}

export const GAVE_UP_WORDS: Words = {
  zh: '组合太多，限定步数内没有找到发法；请人工安排',
  en: 'too many combinations: no plan was found within the steps allowed; arrange it by hand',
}

export function partedWords(parcels: number): Words {
  return {
    zh: `没有一个仓库有全部商品，分 ${parcels} 仓发出`,
    en: `no warehouse is best for all of it: ${parcels} warehouses send a part each`,
  }
}

export function lackWords(warehouse: string, pieces: number): Words {
  return {
    zh: `${warehouse} 可以一次发完，但库存缺 ${pieces} 件`,
    en: `${warehouse} could send all of it, but lacks ${pieces} ${pieces === 1 ? 'piece' : 'pieces'}`,
  }
}

/** What is worse about a way that was not taken. */
export function whyNot(weights: SourceWeights, chosen: SourceScore, other: SourceScore): Words {
  const worse = [
    more(other.waiting - chosen.waiting, (n) => ({ zh: `多 ${n} 份赠品等货`, en: `${n} more gifts wait` })),
    more(other.parcels - chosen.parcels, (n) => ({
      zh: `多 ${n} 个包裹`,
      en: `${n} more ${n === 1 ? 'parcel' : 'parcels'}`,
    })),
    weights.cost === 0 ? null : dearer(chosen.costMinor, other.costMinor),
    weights.promise === 0
      ? null
      : more((other.hours ?? 0) - (chosen.hours ?? 0), (n) => ({ zh: `晚 ${n} 小时`, en: `${n} h later` })),
    weights.distance === 0
      ? null
      : more((other.km ?? 0) - (chosen.km ?? 0), (n) => ({ zh: `远 ${n} 公里`, en: `${n} km further` })),
  ].filter((one) => one !== null)
  if (worse.length > 0)
    return { zh: worse.map(({ zh }) => zh).join('、'), en: worse.map(({ en }) => en).join(', ') }
  return other.total > chosen.total
    ? { zh: '仓库优先级靠后，或更忙', en: 'the warehouse is busier or lower in priority' }
    : { zh: '一样好，按仓库顺序取前者', en: 'as good; the order of the warehouses decided' }
}

function more(difference: number, words: (n: number) => Words): Words | null {
  return difference > 0 ? words(Math.round(difference)) : null
}

function dearer(chosen: bigint | null, other: bigint | null): Words | null {
  if (chosen === null || other === null || other <= chosen) return null
  const minor = other - chosen
  const amount = `¥${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
  return { zh: `贵 ${amount}`, en: `${amount} dearer` }
}

import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from './scopes.ts'

/**
 * How a route keeps an actor who is confined to some shops (`Actor.shops`) away from the others. `apart`: it tells and changes
 * nothing that belongs to a shop. `narrowed`: its handler narrows what it tells, by `narrowShops` and `ofOtherShop`. `order` and
 * `shop`: the guard looks at the order, or the connection, that this path parameter names. A route that says nothing is closed to
 * confined actors.
 */
export type ShopRule = 'apart' | 'narrowed' | { readonly order: string } | { readonly shop: string }

type Confined = Pick<Actor, 'shops'>

/** The same words whether it is another shop's or not there at all: nobody learns which numbers exist. */
export function shopDenied(): Refused {
  return refuse('identity.shop_denied', 'this belongs to a shop that you are not given, or to none')
}

export function mayEnterShop({ shops }: Confined, shop: string | null): boolean {
  return shops === null || (shop !== null && shops.includes(shop))
}

/**
 * The shops to ask for, where `asked` were asked for (none: any): for who is confined never an empty list. Refuses with
 * `identity.shop_denied` as soon as one of them is not theirs.
 */
export function narrowShops({ shops }: Confined, asked: readonly string[]): Result<readonly string[]> {
  if (shops === null) return ok(asked)
  if (asked.length === 0) return ok(shops)
  return asked.every((shop) => shops.includes(shop)) ? ok(asked) : shopDenied()
}

/** The shop that is meant where a program names one or, having only one, none. Refuses as `narrowShops`. */
export function oneShop({ shops }: Confined, asked: string | null): Result<string | null> {
  if (shops === null) return ok(asked)
  if (asked === null) return shops.length === 1 ? ok(shops[0] ?? null) : shopDenied()
  return shops.includes(asked) ? ok(asked) : shopDenied()
}

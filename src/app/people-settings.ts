import { isCookieName } from './setting-shapes.ts'
import { integer, type Setting, text } from './settings.ts'

/** Settings of those who sign in, and of their drills; a part of the one table in `config.ts`. */
export const PEOPLE_SETTINGS = {
  sessionHours: integer('SESSION_HOURS', 12, 1, 720, {
    zh: '无操作多少小时后退出登录',
    en: 'hours without a request after which a session ends',
  }),
  sessionMaxDays: integer('SESSION_MAX_DAYS', 7, 1, 90, {
    zh: '登录最长有效天数',
    en: 'days after which a session ends in any case',
  }),
  sessionCookie: text('SESSION_COOKIE', 'holdfast_session', isCookieName, 'letters, digits, _ and -', {
    zh: '登录 Cookie 的名称；同一台机器上跑两套系统时取不同的名字，否则互相踢下线',
    en: 'name of the session cookie; two hubs on one machine need two names, or they sign each other out',
  }),
  drillsAtOnce: integer('DRILLS_AT_ONCE', 2, 0, 2, {
    zh: '同时可开的演练沙盒数；0 为关闭演练',
    en: 'drill sandboxes that may run at once; 0 switches drills off',
  }),
} as const satisfies Record<string, Setting<unknown>>

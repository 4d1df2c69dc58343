import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { sessionQuery } from '#/api/session.ts'
import { channelStockSearch } from './channel-stock-search.ts'
import { CrashPage, NotFoundPage, PendingPage } from './edge-pages.tsx'
import {
  alarmsSearch,
  callbacksSearch,
  connectionsSearch,
  driftSearch,
  drillsSearch,
  emergencySearch,
  holdsSearch,
  importsSearch,
  jobsSearch,
  lanesSearch,
  lockHealthSearch,
  mappingSearch,
  messagesSearch,
  ordersSearch,
  outboxSearch,
  outwardSearch,
  pollsSearch,
  promisesSearch,
  reviewSearch,
  settingsSearch,
  skusSearch,
  stockSearch,
  transfersSearch,
} from './page-searches.ts'
import {
  credentialsSearch,
  labelsSearch,
  lookBackSearch,
  numberPoolsSearch,
  parcelsSearch,
  reshipmentsSearch,
  waybillsSearch,
  webhooksSearch,
} from './parcel-searches.ts'
import { decisionsSearch, fulfilmentSearch, ruleSetSearch, rulesSearch } from './rule-searches.ts'
import { compact, overlaySearch, parseSearch, stringifySearch, textParam } from './search.ts'
import { warehousesSearch } from './warehouse-search.ts'

type RouterContext = { readonly client: QueryClient }

const root = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>) =>
    compact<{ to?: string }>({ to: textParam(search['to']) }),
  component: lazyRouteComponent(() => import('#/pages/session/sign-in-page.tsx'), 'SignInPage'),
})

const link = createRoute({
  getParentRoute: () => root,
  path: '/link',
  component: lazyRouteComponent(() => import('#/pages/session/link-page.tsx'), 'LinkPage'),
})

/** What buyers see of their parcels: nobody signs in here. */
const track = createRoute({
  getParentRoute: () => root,
  path: '/track',
  validateSearch: (search: Record<string, unknown>) =>
    compact<{ order?: string }>({ order: textParam(search['order']) }),
  component: lazyRouteComponent(() => import('#/pages/track/track-page.tsx'), 'TrackPage'),
})

/** Everything behind the sign-in. Asks for the session once, and sends strangers away with the place they wanted. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  validateSearch: overlaySearch,
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery)
    if (!session) throw redirect({ to: '/sign-in', search: { to: location.href } })
  },
  component: lazyRouteComponent(() => import('./shell.tsx'), 'Shell'),
})

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/orders' })
  },
})

// One block per page: path, search parameters, component. `nav.tsx` names it in the side navigation.
export const ordersRoute = createRoute({
  getParentRoute: () => shell,
  path: '/orders',
  validateSearch: ordersSearch,
  component: lazyRouteComponent(() => import('#/pages/orders/orders-page.tsx'), 'OrdersPage'),
})

export const driftRoute = createRoute({
  getParentRoute: () => shell,
  path: '/drift',
  validateSearch: driftSearch,
  component: lazyRouteComponent(() => import('#/pages/drift/drift-page.tsx'), 'DriftPage'),
})

export const skusRoute = createRoute({
  getParentRoute: () => shell,
  path: '/skus',
  validateSearch: skusSearch,
  component: lazyRouteComponent(() => import('#/pages/skus/skus-page.tsx'), 'SkusPage'),
})

export const messagesRoute = createRoute({
  getParentRoute: () => shell,
  path: '/messages',
  validateSearch: messagesSearch,
  component: lazyRouteComponent(() => import('#/pages/messages/messages-page.tsx'), 'MessagesPage'),
})

export const mappingRoute = createRoute({
  getParentRoute: () => shell,
  path: '/mapping',
  validateSearch: mappingSearch,
  component: lazyRouteComponent(() => import('#/pages/mapping/mapping-page.tsx'), 'MappingPage'),
})

export const connectionsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/connections',
  validateSearch: connectionsSearch,
  component: lazyRouteComponent(() => import('#/pages/connections/connections-page.tsx'), 'ConnectionsPage'),
})

export const importsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/imports',
  validateSearch: importsSearch,
  component: lazyRouteComponent(() => import('#/pages/imports/imports-page.tsx'), 'ImportsPage'),
})

export const outboxRoute = createRoute({
  getParentRoute: () => shell,
  path: '/outbox',
  validateSearch: outboxSearch,
  component: lazyRouteComponent(() => import('#/pages/outbox/outbox-page.tsx'), 'OutboxPage'),
})

export const jobsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/jobs',
  validateSearch: jobsSearch,
  component: lazyRouteComponent(() => import('#/pages/jobs/jobs-page.tsx'), 'JobsPage'),
})

export const settingsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => import('#/pages/settings/settings-page.tsx'), 'SettingsPage'),
})

export const reviewRoute = createRoute({
  getParentRoute: () => shell,
  path: '/review',
  validateSearch: reviewSearch,
  component: lazyRouteComponent(() => import('#/pages/review/review-page.tsx'), 'ReviewPage'),
})

export const promisesRoute = createRoute({
  getParentRoute: () => shell,
  path: '/promises',
  validateSearch: promisesSearch,
  component: lazyRouteComponent(() => import('#/pages/promises/promises-page.tsx'), 'PromisesPage'),
})

export const lanesRoute = createRoute({
  getParentRoute: () => shell,
  path: '/lanes',
  validateSearch: lanesSearch,
  component: lazyRouteComponent(() => import('#/pages/lanes/lanes-page.tsx'), 'LanesPage'),
})

export const callbacksRoute = createRoute({
  getParentRoute: () => shell,
  path: '/callbacks',
  validateSearch: callbacksSearch,
  component: lazyRouteComponent(() => import('#/pages/callbacks/callbacks-page.tsx'), 'CallbacksPage'),
})

export const pollsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/polls',
  validateSearch: pollsSearch,
  component: lazyRouteComponent(() => import('#/pages/polls/polls-page.tsx'), 'PollsPage'),
})

export const outwardRoute = createRoute({
  getParentRoute: () => shell,
  path: '/outward',
  validateSearch: outwardSearch,
  component: lazyRouteComponent(() => import('#/pages/outward/outward-page.tsx'), 'OutwardPage'),
})

export const alarmsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/alarms',
  validateSearch: alarmsSearch,
  component: lazyRouteComponent(() => import('#/pages/alarms/alarms-page.tsx'), 'AlarmsPage'),
})

export const stockRoute = createRoute({
  getParentRoute: () => shell,
  path: '/stock',
  validateSearch: stockSearch,
  component: lazyRouteComponent(() => import('#/pages/stock/stock-page.tsx'), 'StockPage'),
})

export const holdsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/holds',
  validateSearch: holdsSearch,
  component: lazyRouteComponent(() => import('#/pages/holds/holds-page.tsx'), 'HoldsPage'),
})

export const lockHealthRoute = createRoute({
  getParentRoute: () => shell,
  path: '/lock-health',
  validateSearch: lockHealthSearch,
  component: lazyRouteComponent(() => import('#/pages/lock-health/lock-health-page.tsx'), 'LockHealthPage'),
})

/** One rule set: `tab` its part (canvas, versions, release, dry runs, cases, history), `version` the one shown. */
export const ruleSetRoute = createRoute({
  getParentRoute: () => shell,
  path: '/rules/$setId',
  validateSearch: ruleSetSearch,
  component: lazyRouteComponent(() => import('#/pages/rules/rule-set-page.tsx'), 'RuleSetPage'),
})

export const rulesRoute = createRoute({
  getParentRoute: () => shell,
  path: '/rules',
  validateSearch: rulesSearch,
  component: lazyRouteComponent(() => import('#/pages/rules/rules-page.tsx'), 'RulesPage'),
})

export const parcelsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/parcels',
  validateSearch: parcelsSearch,
  component: lazyRouteComponent(() => import('#/pages/parcels/parcels-page.tsx'), 'ParcelsPage'),
})

export const waybillsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/waybills',
  validateSearch: waybillsSearch,
  component: lazyRouteComponent(() => import('#/pages/waybills/waybills-page.tsx'), 'WaybillsPage'),
})

export const labelsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/labels',
  validateSearch: labelsSearch,
  component: lazyRouteComponent(() => import('#/pages/labels/labels-page.tsx'), 'LabelsPage'),
})

export const numberPoolsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/number-pools',
  validateSearch: numberPoolsSearch,
  component: lazyRouteComponent(
    () => import('#/pages/number-pools/number-pools-page.tsx'),
    'NumberPoolsPage',
  ),
})

export const reshipmentsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/reshipments',
  validateSearch: reshipmentsSearch,
  component: lazyRouteComponent(() => import('#/pages/reshipments/reshipments-page.tsx'), 'ReshipmentsPage'),
})

export const lookBackRoute = createRoute({
  getParentRoute: () => shell,
  path: '/look-back',
  validateSearch: lookBackSearch,
  component: lazyRouteComponent(() => import('#/pages/look-back/look-back-page.tsx'), 'LookBackPage'),
})

export const credentialsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/credentials',
  validateSearch: credentialsSearch,
  component: lazyRouteComponent(() => import('#/pages/credentials/credentials-page.tsx'), 'CredentialsPage'),
})

export const webhooksRoute = createRoute({
  getParentRoute: () => shell,
  path: '/webhooks',
  validateSearch: webhooksSearch,
  component: lazyRouteComponent(() => import('#/pages/webhooks/webhooks-page.tsx'), 'WebhooksPage'),
})

export const decisionsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/decisions',
  validateSearch: decisionsSearch,
  component: lazyRouteComponent(() => import('#/pages/decisions/decisions-page.tsx'), 'DecisionsPage'),
})

export const fulfilmentRoute = createRoute({
  getParentRoute: () => shell,
  path: '/fulfilment',
  validateSearch: fulfilmentSearch,
  component: lazyRouteComponent(() => import('#/pages/fulfilment/fulfilment-page.tsx'), 'FulfilmentPage'),
})

export const transfersRoute = createRoute({
  getParentRoute: () => shell,
  path: '/transfers',
  validateSearch: transfersSearch,
  component: lazyRouteComponent(() => import('#/pages/transfers/transfers-page.tsx'), 'TransfersPage'),
})

export const warehousesRoute = createRoute({
  getParentRoute: () => shell,
  path: '/warehouses',
  validateSearch: warehousesSearch,
  component: lazyRouteComponent(() => import('#/pages/warehouses/warehouses-page.tsx'), 'WarehousesPage'),
})

export const channelStockRoute = createRoute({
  getParentRoute: () => shell,
  path: '/channel-stock',
  validateSearch: channelStockSearch,
  component: lazyRouteComponent(
    () => import('#/pages/channel-stock/channel-stock-page.tsx'),
    'ChannelStockPage',
  ),
})

export const drillsRoute = createRoute({
  getParentRoute: () => shell,
  path: '/drills',
  validateSearch: drillsSearch,
  component: lazyRouteComponent(() => import('#/pages/drills/drills-page.tsx'), 'DrillsPage'),
})

export const emergencyRoute = createRoute({
  getParentRoute: () => shell,
  path: '/emergency',
  validateSearch: emergencySearch,
  component: lazyRouteComponent(() => import('#/pages/emergency/emergency-page.tsx'), 'EmergencyPage'),
})

const routeTree = root.addChildren([
  signIn,
  link,
  track,
  shell.addChildren([
    home,
    ordersRoute,
    driftRoute,
    skusRoute,
    messagesRoute,
    mappingRoute,
    connectionsRoute,
    importsRoute,
    outboxRoute,
    jobsRoute,
    reviewRoute,
    promisesRoute,
    lanesRoute,
    callbacksRoute,
    pollsRoute,
    outwardRoute,
    alarmsRoute,
    stockRoute,
    holdsRoute,
    lockHealthRoute,
    transfersRoute,
    ruleSetRoute,
    fulfilmentRoute,
    decisionsRoute,
    parcelsRoute,
    waybillsRoute,
    labelsRoute,
    numberPoolsRoute,
    reshipmentsRoute,
    lookBackRoute,
    credentialsRoute,
    webhooksRoute,
    rulesRoute,
    warehousesRoute,
    channelStockRoute,
    emergencyRoute,
    drillsRoute,
    settingsRoute,
  ]),
])

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPendingComponent: PendingPage,
    defaultPendingMs: 300,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}

export { fetchOrderHandler } from './fetch-order.ts'
export { reportShipmentHandler } from './report-shipment.ts'

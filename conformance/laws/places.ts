export { factPlacesOf, placesOf, withValueAt } from '../../packages/gateway/src/distribution/laws/places.ts';

export { closeWorkshop as default } from './workshop';
